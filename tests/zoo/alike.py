"""Whether two answers are the same but for the last digit.

Threads sum in their own order, and a library takes another kernel for memory that is aligned
otherwise: the same weights and seed may leave another last digit, also within one process.
"""

import io
import math
from typing import Any

import numpy as np
from PIL import Image

from pipelines.kinds.shapes import is_media
from pipelines.media import Sound
from pipelines.solids import GLB
from pipelines.video import Clip
from tests.zoo.glb import read

CLOSE = 0.05  # of full scale, in the worst pixel of a picture
SAME = 1e-4  # how far two numbers of one answer may be apart
CORNERS = 0.02  # of the corners of a surface, which come and go with a last digit


def alike(a: Any, b: Any) -> bool:
    """Equal, but for what floating point and half precision leave of a number."""
    if is_media(a) and is_media(b):
        return a == b or (a["mime"] == b["mime"] and same_file(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, float) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=SAME, abs_tol=SAME)
    return bool(a == b)


def same_picture(a: Any, b: Any) -> bool:
    """Whether two pictures, or arrays of 0 to 255, are close in every pixel."""
    first, second = (np.asarray(each, float) / 255 for each in (a, b))
    return first.shape == second.shape and bool(np.abs(first - second).max() <= CLOSE)


def same_file(a: Any, b: Any) -> bool:
    if a["mime"] == GLB:
        return same_solid(a["content"], b["content"])
    first, second = (opened(each) for each in (a, b))
    return first.shape == second.shape and bool(np.abs(first - second).max() <= CLOSE)


def same_solid(a: bytes, b: bytes) -> bool:
    """Whether two GLB files hold about the same surface."""
    return same_corners(read(a)[1][0], read(b)[1][0])


def same_corners(first: Any, second: Any) -> bool:
    """Whether two surfaces have about as many corners, in the same box."""
    if abs(len(first) - len(second)) > CORNERS * len(first):
        return False
    low, high = (np.abs(edge(first) - edge(second)).max() for edge in (lowest, highest))
    return bool(max(low, high) <= CLOSE)


def lowest(corners: Any) -> Any:
    return corners.min(axis=0)


def highest(corners: Any) -> Any:
    return corners.max(axis=0)


def opened(media: Any) -> Any:
    """A picture, the frames of a video, or samples, of full scale 1."""
    content, kind = media["content"], media["mime"].partition("/")[0]
    if kind == "image":
        return np.asarray(Image.open(io.BytesIO(content)), float) / 255
    if kind == "video":
        clip = Clip(content, 60, 1_000_000, 100)
        return np.stack([np.asarray(each, float) / 255 for each in clip.pick(range(clip.count()))])
    return Sound(content, 60).original()[0]
