"""Models of real size with seeded weights: what they say means nothing, what they cost is real."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

CLASSIFIER, TAGGER, SEER, PAINTER = (
    "seeded/bert-base-classifier",
    "seeded/bert-base-tagger",
    "seeded/vit-base",
    "seeded/latent-diffusion",
)
WORDS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")
READ = 77  # tokens of a text, by the painter
TAGS = {
    CLASSIFIER: "text-classification",
    TAGGER: "token-classification",
    SEER: "image-classification",
    PAINTER: "text-to-image",
}
EYE = {
    "image_processor_type": "ViTImageProcessor",
    "size": {"height": 224, "width": 224},
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": True,
}


def make(name: str, root: Path, words: Path) -> Path:
    """The folder of the model `name` below `root`; texts are cut into pieces as in `words`."""
    folder = root / name
    folder.mkdir(parents=True)
    MAKERS[name](folder, words)
    library = "diffusers" if name == PAINTER else "transformers"
    (folder / "README.md").write_text(
        f"---\npipeline_tag: {TAGS[name]}\nlibrary_name: {library}\n---\n"
    )
    if name == SEER:
        (folder / "preprocessor_config.json").write_text(json.dumps(EYE))
    elif name != PAINTER:
        for file in filter(Path.exists, (words / each for each in WORDS)):
            shutil.copy(file, folder)
    return folder


def bert(head: str, **more: Any) -> Callable[[Path, Path], None]:
    def build(folder: Path, words: Path) -> None:
        import transformers

        seeded(getattr(transformers, head), transformers.BertConfig(**more), folder)

    return build


def vit(folder: Path, words: Path) -> None:
    import transformers

    seeded(transformers.ViTForImageClassification, transformers.ViTConfig(num_labels=10), folder)


def painter(folder: Path, words: Path) -> None:
    """A small Stable Diffusion: pictures of 256 by 256, latents of 32 by 32, in three depths."""
    import diffusers
    import torch
    import transformers

    cut = transformers.AutoTokenizer.from_pretrained(words, model_max_length=READ)
    torch.manual_seed(0)
    text = transformers.CLIPTextConfig(
        vocab_size=len(cut), hidden_size=512, intermediate_size=2048, num_hidden_layers=6,
        num_attention_heads=8, max_position_embeddings=READ, eos_token_id=cut.sep_token_id,
    )  # fmt: skip
    unet = diffusers.UNet2DConditionModel(
        sample_size=32, block_out_channels=(128, 256, 512), cross_attention_dim=512,
        attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        latent_channels=4, block_out_channels=(64, 128, 256, 256), sample_size=256,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
    )  # fmt: skip
    diffusers.StableDiffusionPipeline(
        unet=unet, vae=vae, text_encoder=transformers.CLIPTextModel(text), tokenizer=cut,
        scheduler=diffusers.EulerDiscreteScheduler(beta_schedule="scaled_linear"),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip


def seeded(kind: Any, config: Any, folder: Path) -> None:
    import torch

    torch.manual_seed(0)
    kind(config).eval().save_pretrained(folder)


MAKERS: Mapping[str, Callable[[Path, Path], None]] = {
    CLASSIFIER: bert("BertForSequenceClassification", num_labels=3),
    TAGGER: bert("BertForTokenClassification", num_labels=5),
    SEER: vit,
    PAINTER: painter,
}
