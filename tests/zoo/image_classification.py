"""ViT, which reads patches, and two nets of convolutions: ResNet and ConvNeXt. One of them was
trained to give several labels, another a number."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForImageClassification

from tests.zoo.parts import random, save
from tests.zoo.seen import VIT, encoded, eye, names, processor, scene
from tests.zoo.tiny import Tiny

TAG = "image-classification"
SCENE = scene()


def build_vit(folder: Path) -> None:
    config = transformers.ViTConfig(**VIT, **names(*"abcdefg"))
    save(folder, TAG, random(transformers.ViTForImageClassification, config))
    eye(folder, "ViTImageProcessor")


def build_resnet(folder: Path) -> None:
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic",
        **names("cat", "dog", "fox"), problem_type="multi_label_classification",
    )  # fmt: skip
    save(folder, TAG, random(transformers.ResNetForImageClassification, config))
    eye(folder, "ConvNextImageProcessor", size={"shortest_edge": 32}, crop_pct=0.875)


def build_convnext(folder: Path) -> None:
    config = transformers.ConvNextConfig(
        hidden_sizes=[8, 16], depths=[1, 1], num_stages=2, **names("age"),
        problem_type="regression",
    )  # fmt: skip
    save(folder, TAG, random(transformers.ConvNextForImageClassification, config))
    eye(folder, "ConvNextImageProcessor", size={"shortest_edge": 32}, crop_pct=0.875)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "regression": lambda logits: logits,
    "multi_label_classification": lambda logits: logits.sigmoid(),
}


def direct(folder: Path) -> Any:
    model = AutoModelForImageClassification.from_pretrained(folder)
    inputs = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits[0]
    function = FUNCTIONS.get(str(model.config.problem_type), lambda raw: raw.softmax(-1))
    scores, ids = function(logits).topk(min(5, model.config.num_labels))
    return [
        {"label": model.config.id2label[at], "score": score}
        for at, score in zip(ids.tolist(), scores.tolist(), strict=True)
    ]


BODY = {"inputs": encoded(SCENE)}
TINY = [
    Tiny(TAG, "ViTForImageClassification", build_vit, BODY, direct),
    Tiny(TAG, "ResNetForImageClassification", build_resnet, BODY, direct),
    Tiny(TAG, "ConvNextForImageClassification", build_convnext, BODY, direct),
]
