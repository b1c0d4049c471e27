"""Segment Anything: by marks, and over the whole picture."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForMaskGeneration

from tests.zoo.image_segmentation import labelled
from tests.zoo.sights import INPUT, PICTURE, lively, processed, seeded
from tests.zoo.tiny import Tiny

TAG = "mask-generation"
MARKS = [[30, 20, 1], [80, 50, 0], [10, 8, 60, 40]]
BODY: dict[str, Any] = {"inputs": {"image": INPUT, "marks": MARKS}}
WHOLE: dict[str, Any] = {
    "points_per_crop": 4, "pred_iou_thresh": 0.0, "stability_score_thresh": 0.0,
    "crops_nms_thresh": 0.6,
}  # fmt: skip


def build(folder: Path) -> None:
    save_sam(folder, transformers.SamModel, transformers.SamConfig)


def build_hq(folder: Path) -> None:
    save_sam(folder, transformers.SamHQModel, transformers.SamHQConfig, vit_dim=16)


def save_sam(folder: Path, kind: Any, configured: Any, **decoder: Any) -> None:
    side = 64
    config = configured(
        vision_config={
            "hidden_size": 16, "output_channels": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "image_size": side, "patch_size": 8, "window_size": 4,
            "global_attn_indexes": [1], "mlp_dim": 32, "num_pos_feats": 8,
            "initializer_range": 0.5,
        },
        prompt_encoder_config={
            "hidden_size": 16, "image_size": side, "patch_size": 8, "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 16, "mlp_dim": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "iou_head_hidden_dim": 16, **decoder,
        },
        initializer_range=0.5,
    )  # fmt: skip
    model = lively(seeded(kind, config), seed=8)
    processor = transformers.SamImageProcessorPil(
        size={"longest_edge": side},
        mask_size={"longest_edge": side // 4},
        pad_size={"height": side, "width": side},
        mask_pad_size={"height": side // 4, "width": side // 4},
    )
    processed(folder, TAG, model, processor)


def direct(folder: Path) -> Any:
    """By SAM's own processor, whose coordinates are of double precision."""
    model = AutoModelForMaskGeneration.from_pretrained(folder)
    processor = transformers.SamProcessor(transformers.SamImageProcessorPil.from_pretrained(folder))
    inputs = processor(
        PICTURE, input_points=[[[30, 20], [80, 50]]], input_labels=[[1, 0]],
        input_boxes=[[MARKS[2]]], return_tensors="pt",
    )  # fmt: skip
    inputs["input_points"] = inputs["input_points"].float()
    inputs["input_boxes"] = inputs["input_boxes"].float()
    with torch.inference_mode():
        seen = model(**inputs)
    sizes = inputs["original_sizes"], inputs["reshaped_input_sizes"]
    masks = processor.image_processor.post_process_masks(seen.pred_masks, *sizes)
    best = int(seen.iou_scores[0, 0].argmax())
    score = float(seen.iou_scores[0, 0, best])
    return [labelled(masks[0][0, best], "object 1", score=score)]


TINY = [
    Tiny(TAG, "SamModel", build, BODY, direct),
    Tiny(TAG, "SamHQModel", build_hq, BODY, direct),
]
