"""How far away each point of a picture is, by transformers' models for one picture."""

import inspect
import math
from typing import TYPE_CHECKING, Any

from PIL import Image

from pipelines.kinds.shapes import Depths
from pipelines.loaders.seeing import fit_to_see, number, shrunk
from pipelines.pictures import base64_png

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIGITS = 8  # of the largest depth: float32 has no more
WHITE = 65_535


def depth_of(pipe: Any, image: Image.Image) -> Depths:
    """The model's own numbers, and a picture of them with 16 bits.

    Not by the pipeline's last step: it gives a number for each pixel of the picture, few of which
    the model computed, and a picture with 256 steps only.
    """
    import torch

    with fit_to_see(image), torch.inference_mode():
        small = shrunk(image)  # GLPN would look at every pixel
        seen = pipe.image_processor(images=small, return_tensors="pt").to(pipe.device)
        found = pipe.model(**seen)
        own = numbers(pipe, found, small, None)
        drawn = numbers(pipe, found, small, image.size[::-1])
    return {"predicted_depth": rounded(own), "depth": base64_png(grey(drawn))}


def numbers(
    pipe: Any, found: Any, image: Image.Image, size: tuple[int, int] | None
) -> "NDArray[np.float32]":
    """Depths of shape (height, width): of `size`, or as many as the model gives."""
    finish = pipe.image_processor.post_process_depth_estimation
    given: dict[str, Any] = {"target_sizes": [size]} if size else {}
    if "source_sizes" in inspect.signature(finish).parameters:  # ZoeDepth takes its padding off
        given["source_sizes"] = [image.size[::-1]]
    made = finish(found, **given)[0]["predicted_depth"].float().cpu().numpy()
    depth: NDArray[np.float32] = made.reshape(size or made.shape[-2:])
    return depth


def rounded(depth: "NDArray[np.float32]") -> list[list[float]]:
    """To as many decimals as the largest number has digits to show."""
    largest = number(float(abs(depth).max()))
    places = DIGITS - 1 - math.floor(math.log10(largest)) if largest else 0
    rows: list[list[float]] = depth.astype(float).round(max(0, places)).tolist()
    return rows


def grey(depth: "NDArray[np.float32]") -> Image.Image:
    """From the least depth (black) to the greatest (white); one depth alone is black."""
    import numpy as np

    low, high = float(depth.min()), float(depth.max())
    share = (depth - low) / (high - low) if high > low else np.zeros_like(depth)
    return Image.fromarray((share * WHITE).round().astype(np.uint16))
