"""DETR, YOLOS and RT-DETR: a decoder's queries, a transformer's own tokens, and a hybrid."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoImageProcessor, AutoModelForObjectDetection

from tests.zoo.sights import (
    INPUT,
    LABELS,
    PICTURE,
    best_first,
    corners,
    processed,
    resnet,
    seeded,
    spread,
    vit,
)
from tests.zoo.tiny import Tiny

TAG = "object-detection"
SMALLEST = {"shortest_edge": 64, "longest_edge": 96}


def build_detr(folder: Path) -> None:
    config = transformers.DetrConfig(
        **LABELS, use_timm_backbone=False, backbone=None, backbone_config=resnet(), d_model=16,
        encoder_layers=1, decoder_layers=1, encoder_ffn_dim=16, decoder_ffn_dim=16,
        encoder_attention_heads=2, decoder_attention_heads=2, num_queries=8, init_std=0.5,
    )  # fmt: skip
    model = spread(seeded(transformers.DetrForObjectDetection, config), "class_labels_classifier")
    processed(folder, TAG, model, transformers.DetrImageProcessorPil(size=SMALLEST))


def build_yolos(folder: Path) -> None:
    config = transformers.YolosConfig(
        **vit(image_size=[64, 96]), **LABELS, num_detection_tokens=8, initializer_range=0.5
    )
    model = seeded(transformers.YolosForObjectDetection, config)
    model = spread(model, "class_labels_classifier.layers.2")
    processed(folder, TAG, model, transformers.YolosImageProcessorPil(size=SMALLEST))


def build_rt_detr(folder: Path) -> None:
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.RTDetrConfig(
        **LABELS, backbone_config=backbone, encoder_hidden_dim=16, encoder_in_channels=[8, 8, 16],
        decoder_in_channels=[16, 16, 16], d_model=16, encoder_ffn_dim=16, decoder_ffn_dim=16,
        num_queries=8, decoder_layers=1, decoder_attention_heads=2, encoder_attention_heads=2,
        initializer_range=0.5, num_denoising=0,
    )  # fmt: skip
    model = seeded(transformers.RTDetrForObjectDetection, config)
    size = {"height": 64, "width": 64}
    processed(folder, TAG, model, transformers.RTDetrImageProcessorPil(size=size))


def direct(folder: Path) -> Any:
    model = AutoModelForObjectDetection.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        seen = model(**processor(PICTURE, return_tensors="pt"))
    found = processor.post_process_object_detection(
        seen, BODY["parameters"]["threshold"], [PICTURE.size[::-1]]
    )[0]
    rows = zip(found["labels"].tolist(), found["scores"].tolist(), found["boxes"], strict=True)
    return best_first(
        {"label": model.config.id2label[at], "score": score, "box": corners(box)}
        for at, score, box in rows
    )


BODY: dict[str, Any] = {"inputs": INPUT, "parameters": {"threshold": 0.2}}
TINY = [
    Tiny(TAG, "DetrForObjectDetection", build_detr, BODY, direct),
    Tiny(TAG, "YolosForObjectDetection", build_yolos, BODY, direct),
    Tiny(TAG, "RTDetrForObjectDetection", build_rt_detr, BODY, direct),
]
