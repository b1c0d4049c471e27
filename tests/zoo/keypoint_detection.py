"""SuperPoint, for any picture, and VitPose, for bodies."""

import json
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.sights import INPUT, PICTURE, SIZE, best_first, processed, seeded
from tests.zoo.sounds import names
from tests.zoo.tiny import Tiny

TAG = "keypoint-detection"
SIDE = {"height": 64, "width": 96}
EDGES = [[0, 1], [1, 2], [1, 3]]


def superpoint(**more: Any) -> transformers.SuperPointConfig:
    return transformers.SuperPointConfig(
        encoder_hidden_sizes=[8, 8, 16, 16], decoder_hidden_size=16, descriptor_decoder_dim=16,
        border_removal_distance=4, max_keypoints=20, initializer_range=0.2, **more,
    )  # fmt: skip


def build_superpoint(folder: Path) -> None:
    model = seeded(transformers.SuperPointForKeypointDetection, superpoint(keypoint_threshold=0.0))
    processed(folder, TAG, model, transformers.SuperPointImageProcessorPil(size=SIDE))


def build_vitpose(folder: Path) -> None:
    backbone = transformers.VitPoseBackboneConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=[64, 48],
        patch_size=[8, 8], out_features=["stage2"], initializer_range=0.5,
    )  # fmt: skip
    config = transformers.VitPoseConfig(
        backbone_config=backbone, **names("nose", "neck", "hand", "foot"), initializer_range=0.05
    )
    model = seeded(transformers.VitPoseForPoseEstimation, config)
    size = {"height": 64, "width": 48}
    processed(folder, TAG, model, transformers.VitPoseImageProcessorPil(size=size))
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"edges": EDGES}))


def direct_superpoint(folder: Path) -> Any:
    model = transformers.SuperPointForKeypointDetection.from_pretrained(folder)
    processor = transformers.SuperPointImageProcessorPil.from_pretrained(folder)
    with torch.inference_mode():
        seen = model(**processor(PICTURE, return_tensors="pt"))
    found = processor.post_process_keypoint_detection(seen, [PICTURE.size[::-1]])[0]
    rows = zip(found["keypoints"].tolist(), found["scores"].tolist(), strict=True)
    points = [{"x": float(x), "y": float(y), "score": score} for (x, y), score in rows]
    return [{"keypoints": best_first(points)}]


def direct_vitpose(folder: Path) -> Any:
    model = transformers.VitPoseForPoseEstimation.from_pretrained(folder)
    processor = transformers.VitPoseImageProcessorPil.from_pretrained(folder)
    boxes = [[[0, 0, *SIZE]]]
    with torch.inference_mode():
        seen = model(**processor(PICTURE, boxes=boxes, return_tensors="pt"))
    found = processor.post_process_pose_estimation(seen, boxes=boxes)[0][0]
    labels = [model.config.id2label[at] for at in found["labels"].tolist()]
    rows = zip(found["keypoints"].tolist(), found["scores"].tolist(), labels, strict=True)
    return [
        {
            "keypoints": [{"x": x, "y": y, "score": s, "label": name} for (x, y), s, name in rows],
            "box": {"xmin": 0, "ymin": 0, "xmax": SIZE[0] - 1, "ymax": SIZE[1] - 1},
            "edges": EDGES,
        }
    ]


BODY = {"inputs": INPUT}
POSE = {"inputs": INPUT, "parameters": {"threshold": 0.0}}
TINY = [
    Tiny(TAG, "SuperPointForKeypointDetection", build_superpoint, BODY, direct_superpoint),
    Tiny(TAG, "VitPoseForPoseEstimation", build_vitpose, POSE, direct_vitpose),
]
