"""ColPali and ColQwen2, with a vector for each token and patch, also as sentence-transformers has
them; and its CLIP, with one vector for each text and picture."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers

from tests.zoo import zero_shot_image_classification
from tests.zoo.parts import SMALL, byte_level, card, save
from tests.zoo.seen import SIDE, encoded, eye, scene
from tests.zoo.tiny import Tiny

TAG = "visual-document-retrieval"
QUERY = "the quick fox"
SCENES = [scene(), scene(turn=1), scene(64, 40, turn=3)]


def marked(*marks: str) -> tuple[Any, list[int]]:
    """A tokenizer with marks, and their ids."""
    tokenizer = byte_level()
    tokenizer.add_tokens(list(marks), special_tokens=True)
    return tokenizer, tokenizer.convert_tokens_to_ids(list(marks))


def grown(kind: Any, config: Any) -> Any:
    """Random weights that say something, whatever ranges its parts have."""
    torch.manual_seed(0)
    model = kind(config).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    return model


def build_colpali(folder: Path) -> None:
    tokenizer, (begin, image) = marked("<bos>", "<image>")
    tokenizer.bos_token = "<bos>"
    text = {
        **SMALL, "model_type": "gemma", "vocab_size": len(tokenizer) + 2, "head_dim": 16,
        "num_key_value_heads": 1, "max_position_embeddings": 128, "pad_token_id": 1,
        "bos_token_id": begin, "eos_token_id": 0,
    }  # fmt: skip
    vision = {
        **SMALL, "model_type": "siglip_vision_model", "image_size": SIDE, "patch_size": 8,
        "projection_dim": 32,
    }  # fmt: skip
    inner = transformers.PaliGemmaConfig(
        vision_config=vision, text_config=text, projection_dim=32, hidden_size=32,
        image_token_index=image, image_token_id=image,
    )  # fmt: skip
    config = transformers.ColPaliConfig(vlm_config=inner, embedding_dim=16)
    save(folder, TAG, grown(transformers.ColPaliForRetrieval, config), tokenizer)
    eye(folder, "SiglipImageProcessor", image_seq_length=16, processor_class="ColPaliProcessor")


def build_colqwen2(folder: Path) -> None:
    names = ("<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<|video_pad|>")
    tokenizer, (image, start, end, video) = marked(*names)
    inner = {
        "model_type": "qwen2_vl",
        "text_config": {
            **SMALL, "vocab_size": len(tokenizer), "num_key_value_heads": 1,
            "max_position_embeddings": 256, "pad_token_id": 1, "bos_token_id": 0,
            "eos_token_id": 0,
            "rope_parameters": {
                "rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10_000.0
            },
        },
        "vision_config": {
            "depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2,
            "patch_size": 8, "spatial_merge_size": 2, "temporal_patch_size": 2,
        },
        "image_token_id": image, "vision_start_token_id": start, "vision_end_token_id": end,
        "video_token_id": video,
    }  # fmt: skip
    config = transformers.ColQwen2Config(vlm_config=inner, embedding_dim=16)
    save(folder, TAG, grown(transformers.ColQwen2ForRetrieval, config), tokenizer)
    eye(
        folder, "Qwen2VLImageProcessor", size={"shortest_edge": 1024, "longest_edge": 4096},
        patch_size=8, temporal_patch_size=2, merge_size=2, processor_class="ColQwen2Processor",
    )  # fmt: skip


def late(folder: Path) -> Any:
    """By the processors' own scores, of all pictures at once."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = getattr(transformers, config["architectures"][0]).from_pretrained(folder)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    with torch.inference_mode():
        asked = model(**processor.process_queries(text=[QUERY])).embeddings
        seen = []
        for each in SCENES:
            given = processor.process_images(images=[each])
            given.pop("labels", None)
            seen.append(model(**given).embeddings[0])
    return ranked(processor.score_retrieval(asked, seen)[0].tolist())


def ranked(scores: list[float]) -> Any:
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return [{"index": at, "score": scores[at]} for at in order]


def build_clip(folder: Path) -> None:
    """As sentence-transformers/clip-ViT-B-32 has it: the model in a folder of its own."""
    zero_shot_image_classification.build_clip(folder)
    card(folder, TAG, "sentence-transformers")
    module = "sentence_transformers.sentence_transformer.modules.clip_model.CLIPModel"
    parts = [{"idx": 0, "name": "0", "path": "", "type": module}]
    (folder / "modules.json").write_text(json.dumps(parts), encoding="utf-8")


def build_several(folder: Path) -> None:
    """A ColPali as sentence-transformers saves one."""
    import sentence_transformers

    with TemporaryDirectory() as first:
        build_colpali(Path(first))
        made = sentence_transformers.MultiVectorEncoder(first, device="cpu", local_files_only=True)
        made.save_pretrained(str(folder))
    card(folder, TAG, "sentence-transformers")


def cosines(folder: Path) -> Any:
    model = transformers.CLIPModel.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    images = transformers.AutoImageProcessor.from_pretrained(folder)(
        images=SCENES, return_tensors="pt"
    )
    with torch.inference_mode():
        out = model(**tokenizer(QUERY, return_tensors="pt"), **images)
    return ranked((out.image_embeds @ out.text_embeds[0]).tolist())


BODY = {"inputs": {"query": QUERY, "images": [encoded(each) for each in SCENES]}}
TINY = [
    Tiny(TAG, "ColPaliForRetrieval", build_colpali, BODY, late),
    Tiny(TAG, "ColQwen2ForRetrieval", build_colqwen2, BODY, late),
    Tiny(TAG, "MultiVectorEncoder", build_several, BODY, late),
    Tiny(TAG, "CLIPModel", build_clip, BODY, cosines),
]
