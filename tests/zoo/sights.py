"""Pictures, and what tiny models that look at them share."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image, ImageDraw

from tests.pipelines.media import saved
from tests.zoo.parts import SMALL, save
from tests.zoo.sounds import names

SIZE = (96, 64)  # of the picture: width and height


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """Shapes in strong colours over a slope, the same every time."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    image = Image.fromarray(np.stack([x, y, 255 - x], axis=-1).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 8, height // 6, width // 2, height // 2), fill=(250, 250, 20))
    draw.ellipse((width // 2, height // 3, width - 5, height - 5), fill=(10, 120, 30))
    return image


def encoded(image: Image.Image) -> str:
    """The picture as a PNG in base64, which keeps every pixel."""
    return base64.b64encode(saved(image)).decode()


PICTURE = scene()
INPUT = encoded(PICTURE)


def corners(box: Any, size: tuple[int, int] = SIZE) -> dict[str, int]:
    """A box as the wire has it."""
    xmin, ymin, xmax, ymax = (
        max(0, min(int(value), most - 1))
        for value, most in zip(box.tolist(), (*size, *size), strict=True)
    )
    return {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}


def best_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: -row["score"])


def spread(model: Any, name: str, gain: float = 3.0) -> Any:
    """Weights of the last layer drawn wide apart, so that no two answers are near each other."""
    torch.manual_seed(1)
    layer = model.get_submodule(name)
    torch.nn.init.normal_(layer.weight, std=gain / layer.weight.shape[-1] ** 0.5)
    return model


def lively(model: Any, seed: int) -> Any:
    """All weights drawn so that what goes in keeps its differences all the way through."""
    torch.manual_seed(seed)
    for name, weight in model.named_parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=1.5 / weight[0].numel() ** 0.5)
        elif "bias" in name and "norm" not in name:
            torch.nn.init.normal_(weight, std=0.3)
    return model


def seeded(kind: Any, config: Any) -> Any:
    """A model with the same random weights every time, drawn as its own class draws them."""
    torch.manual_seed(0)
    return kind(config).eval()


def processed(folder: Path, tag: str, model: Any, processor: Any) -> None:
    save(folder, tag, model)
    processor.save_pretrained(folder)


def resnet() -> transformers.ResNetConfig:
    return transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip


def swin(**more: Any) -> transformers.SwinConfig:
    return transformers.SwinConfig(
        image_size=64, embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=4,
        out_features=["stage1", "stage2", "stage3", "stage4"], **more,
    )  # fmt: skip


def vit(**more: Any) -> dict[str, Any]:
    return {**SMALL, "image_size": 64, "patch_size": 8, **more}


LABELS = names("sky", "cat", "cup", "tree", "road")
