"""Tiny Swin2SR models: one that enlarges, one that cleans grey pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image

from tests.zoo.parts import random, save

SIZES: dict[str, Any] = {
    "embed_dim": 16,
    "depths": [2],
    "num_heads": [2],
    "mlp_ratio": 2.0,
    "image_size": 16,
}
TWICE: dict[str, Any] = {"window_size": 8, "upscale": 2, "upsampler": "pixelshuffledirect"}
GREY: dict[str, Any] = {"window_size": 7, "upscale": 1, "upsampler": "", "num_channels": 1}


def build(folder: Path, **more: Any) -> None:
    model = random(
        transformers.Swin2SRForImageSuperResolution,
        transformers.Swin2SRConfig(**SIZES, **more),
    )
    last = model.upsample.conv if model.upsampler else model.final_convolution
    with torch.no_grad():  # near the middle of what can be shown, so that little is clipped
        last.weight.mul_(0.03)
        last.bias.fill_(0.0 if model.upsampler else 0.5)
    save(folder, "image-to-image", model)
    transformers.Swin2SRImageProcessorPil(size_divisor=8).save_pretrained(folder)


def reference(folder: Path, image: Image.Image) -> Image.Image:
    """What transformers' documentation does with such a model."""
    model = transformers.Swin2SRForImageSuperResolution.from_pretrained(folder)
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    config: Any = model.config
    if config.num_channels == 1:  # of windows of 7, so pictures of multiples of 56
        array = np.asarray(image.convert("L"))[..., None]
        inputs = processor(
            array, input_data_format="channels_last", return_tensors="pt", size_divisor=56
        )
    else:
        inputs = processor(image, return_tensors="pt")
    with torch.no_grad():
        made = model(**inputs).reconstruction.squeeze(0).clamp(0, 1).numpy()
    high, wide = image.height * config.upscale, image.width * config.upscale
    shown = np.moveaxis(made, 0, -1)[:high, :wide]
    return Image.fromarray((shown * 255).round().astype(np.uint8).squeeze())
