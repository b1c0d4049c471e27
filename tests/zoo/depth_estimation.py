"""DPT, Depth Anything and GLPN."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForDepthEstimation

from tests.pipelines.media import saved
from tests.zoo.sights import INPUT, PICTURE, processed, seeded, vit
from tests.zoo.tiny import Tiny

TAG = "depth-estimation"
SIDE = {"height": 64, "width": 64}


def build_dpt(folder: Path) -> None:
    config = transformers.DPTConfig(
        **vit(num_hidden_layers=4), is_hybrid=False, backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, initializer_range=0.3,
        reassemble_factors=[4, 2, 1, 0.5],
    )  # fmt: skip
    model = seeded(transformers.DPTForDepthEstimation, config)
    processed(folder, TAG, model, transformers.DPTImageProcessorPil(size=SIDE))


def build_depth_anything(folder: Path) -> None:
    backbone = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=64, patch_size=8,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
        apply_layernorm=True, initializer_range=0.3,
    )  # fmt: skip
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone, patch_size=8, reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8, head_hidden_size=8,
        initializer_range=0.3,
    )  # fmt: skip
    model = seeded(transformers.DepthAnythingForDepthEstimation, config)
    processor = transformers.DPTImageProcessorPil(
        size=SIDE, keep_aspect_ratio=True, ensure_multiple_of=8
    )
    processed(folder, TAG, model, processor)


def build_glpn(folder: Path) -> None:
    config = transformers.GLPNConfig(
        num_encoder_blocks=4, depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 16, 16],
        num_attention_heads=[1, 1, 2, 2], decoder_hidden_size=8, initializer_range=0.3,
    )  # fmt: skip
    model = seeded(transformers.GLPNForDepthEstimation, config)
    processed(folder, TAG, model, transformers.GLPNImageProcessorPil())


def direct(folder: Path) -> Any:
    model = AutoModelForDepthEstimation.from_pretrained(folder)
    processor = AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        seen = model(**processor(PICTURE, return_tensors="pt"))
    own = processor.post_process_depth_estimation(seen)[0]["predicted_depth"]
    large = processor.post_process_depth_estimation(seen, target_sizes=[PICTURE.size[::-1]])
    depth = large[0]["predicted_depth"].numpy()
    share = (depth - depth.min()) / (depth.max() - depth.min())
    grey = Image.fromarray((share * 65_535).round().astype(np.uint16))
    return {"predicted_depth": own.tolist(), "depth": base64.b64encode(saved(grey)).decode()}


BODY = {"inputs": INPUT}
TINY = [
    Tiny(TAG, "DPTForDepthEstimation", build_dpt, BODY, direct),
    Tiny(TAG, "DepthAnythingForDepthEstimation", build_depth_anything, BODY, direct),
    Tiny(TAG, "GLPNForDepthEstimation", build_glpn, BODY, direct),
]
