"""ViT with a pooler, ResNet, DINOv2, the seeing half of CLIP, and a classifier without its head."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo import image_classification
from tests.zoo.parts import random, save
from tests.zoo.seen import SQUARE, VIT, encoded, eye, processor, scene
from tests.zoo.tiny import Tiny

TAG = "image-feature-extraction"
SCENE = scene()


def build_vit(folder: Path) -> None:
    save(folder, TAG, random(transformers.ViTModel, transformers.ViTConfig(**VIT)))
    eye(folder, "ViTImageProcessor")


def build_resnet(folder: Path) -> None:
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1])
    save(folder, TAG, random(transformers.ResNetModel, config))
    eye(folder, "ConvNextImageProcessor", size={"shortest_edge": 32}, crop_pct=0.875)


def build_dino(folder: Path) -> None:
    config = transformers.Dinov2Config(**VIT)
    save(folder, TAG, random(transformers.Dinov2Model, config))
    eye(folder, "BitImageProcessor", size={"shortest_edge": 32}, crop_size=SQUARE)


def build_clip(folder: Path) -> None:
    config = transformers.CLIPVisionConfig(**VIT)
    save(folder, TAG, random(transformers.CLIPVisionModel, config))
    eye(folder, "CLIPImageProcessor", size={"shortest_edge": 32}, crop_size=SQUARE)


def build_classifier(folder: Path) -> None:
    """It has no pooler: the mean over positions is what it gives."""
    image_classification.build_vit(folder)


def pooled(folder: Path) -> Any:
    model = transformers.AutoModel.from_pretrained(folder)
    inputs = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        return model(**inputs).pooler_output.flatten().tolist()


def mean(folder: Path) -> Any:
    model = transformers.ViTModel.from_pretrained(folder, add_pooling_layer=False)
    inputs = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        return model(**inputs).last_hidden_state[0].mean(0).tolist()


def whole(folder: Path) -> Any:
    model = transformers.AutoModel.from_pretrained(folder)
    inputs = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        return model(**inputs).last_hidden_state.tolist()


BODY = {"inputs": encoded(SCENE)}
TINY = [
    Tiny(TAG, "ViTModel", build_vit, BODY, pooled),
    Tiny(TAG, "ResNetModel", build_resnet, BODY, pooled),
    Tiny(TAG, "Dinov2Model", build_dino, BODY | {"parameters": {"pool": False}}, whole),
    Tiny(TAG, "CLIPVisionModel", build_clip, BODY, pooled),
    Tiny(TAG, "ViTForImageClassification", build_classifier, BODY, mean),
]
