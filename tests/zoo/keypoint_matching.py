"""SuperGlue and LightGlue, which match what a detector found, and EfficientLoFTR, which needs
none."""

from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForKeypointMatching

from tests.zoo.keypoint_detection import superpoint
from tests.zoo.sights import INPUT, PICTURE, encoded, processed, seeded
from tests.zoo.tiny import Tiny

TAG = "keypoint-matching"
OTHER = PICTURE.transpose(Image.Transpose.ROTATE_90)  # of another shape
BODY = {"inputs": {"image": INPUT, "other": encoded(OTHER)}}
SIDE = {"height": 64, "width": 96}


def build_superglue(folder: Path) -> None:
    config = transformers.SuperGlueConfig(
        keypoint_detector_config=superpoint(keypoint_threshold=0.0), hidden_size=16,
        keypoint_encoder_sizes=[16, 16], gnn_layers_types=["self", "cross"], num_attention_heads=2,
        sinkhorn_iterations=5, matching_threshold=0.0, initializer_range=0.5,
    )  # fmt: skip
    model = seeded(transformers.SuperGlueForKeypointMatching, config)
    processed(folder, TAG, model, transformers.SuperGlueImageProcessorPil(size=SIDE))


def build_lightglue(folder: Path) -> None:
    config = transformers.LightGlueConfig(
        keypoint_detector_config=superpoint(keypoint_threshold=0.0), descriptor_dim=16,
        num_hidden_layers=2, num_attention_heads=2, filter_threshold=0.0,
        initializer_range=0.1,
    )  # fmt: skip
    model = seeded(transformers.LightGlueForKeypointMatching, config)
    processed(folder, TAG, model, transformers.LightGlueImageProcessorPil(size=SIDE))


def build_efficientloftr(folder: Path) -> None:
    config = transformers.EfficientLoFTRConfig(
        stage_num_blocks=[1, 1, 1, 1], out_features=[16, 16, 16, 32], hidden_size=32,
        num_attention_layers=1, coarse_matching_threshold=0.0, coarse_matching_border_removal=0,
        initializer_range=0.3,
    )  # fmt: skip
    model = seeded(transformers.EfficientLoFTRForKeypointMatching, config)
    processed(folder, TAG, model, transformers.EfficientLoFTRImageProcessorPil(size=SIDE))


def direct(folder: Path) -> Any:
    model = AutoModelForKeypointMatching.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        seen = model(**processor([PICTURE, OTHER], return_tensors="pt"))
    sizes = [[PICTURE.size[::-1], OTHER.size[::-1]]]
    found = processor.post_process_keypoint_matching(seen, sizes)[0]
    rows = [
        {"keypoint_image_0": point(a), "keypoint_image_1": point(b), "score": score}
        for a, b, score in zip(
            found["keypoints0"].tolist(), found["keypoints1"].tolist(),
            found["matching_scores"].tolist(), strict=True,
        )
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row["score"])


def point(place: list[float]) -> dict[str, float]:
    return {"x": float(place[0]), "y": float(place[1])}


TINY = [
    Tiny(TAG, "SuperGlueForKeypointMatching", build_superglue, BODY, direct),
    Tiny(TAG, "EfficientLoFTRForKeypointMatching", build_efficientloftr, BODY, direct),
    Tiny(TAG, "LightGlueForKeypointMatching", build_lightglue, BODY, direct),
]
