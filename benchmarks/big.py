"""Models of real size with seeded weights: what they say means nothing, what they cost is real."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

CLASSIFIER, TAGGER, SEER = (
    "seeded/bert-base-classifier",
    "seeded/bert-base-tagger",
    "seeded/vit-base",
)
WORDS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")
TAGS = {
    CLASSIFIER: "text-classification",
    TAGGER: "token-classification",
    SEER: "image-classification",
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
    MAKERS[name](folder)
    (folder / "README.md").write_text(
        f"---\npipeline_tag: {TAGS[name]}\nlibrary_name: transformers\n---\n"
    )
    if name == SEER:
        (folder / "preprocessor_config.json").write_text(json.dumps(EYE))
    else:
        for file in filter(Path.exists, (words / each for each in WORDS)):
            shutil.copy(file, folder)
    return folder


def bert(head: str, **more: Any) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        import transformers

        seeded(getattr(transformers, head), transformers.BertConfig(**more), folder)

    return build


def vit(folder: Path) -> None:
    import transformers

    seeded(transformers.ViTForImageClassification, transformers.ViTConfig(num_labels=10), folder)


def seeded(kind: Any, config: Any, folder: Path) -> None:
    import torch

    torch.manual_seed(0)
    kind(config).eval().save_pretrained(folder)


MAKERS: Mapping[str, Callable[[Path], None]] = {
    CLASSIFIER: bert("BertForSequenceClassification", num_labels=3),
    TAGGER: bert("BertForTokenClassification", num_labels=5),
    SEER: vit,
}
