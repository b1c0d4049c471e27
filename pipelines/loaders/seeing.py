"""Pictures as a model sees them, and what models that find things in pictures share."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Box, Detection
from pipelines.model import Model
from pipelines.notices import tell

PIXELS = 2_000_000  # looked at by a model that keeps a number for each pixel and class
SHORT = 32  # pixels; what fails on a picture with a shorter side is put down to its shape
LONG = 8  # times as long as wide, likewise
LONGEST = 50  # times as long as wide: processors that enlarge the short side run out of memory


@dataclass(frozen=True)
class Exact:
    """Loads with `load` in float32: half precision knows a place in a picture to one part in 256
    only, and its numbers cannot become numpy's."""

    load: Callable[[Model, Hardware], Any]

    def __call__(self, model: Model, hardware: Hardware) -> Any:
        return self.load(model, replace(hardware, dtype="float32"))

    def __repr__(self) -> str:
        """The same in every run: by it is remembered what a model took."""
        if not hasattr(self.load, "__qualname__"):
            return f"Exact({self.load!r})"
        return f"Exact({self.load.__module__}.{self.load.__qualname__})"


def shrunk(image: Image.Image) -> Image.Image:
    """The picture with at most PIXELS pixels; that it was made smaller is told."""
    width, height = image.size
    if width * height <= PIXELS:
        return image
    share = math.sqrt(PIXELS / (width * height))
    size = max(1, int(width * share)), max(1, int(height * share))
    tell(
        f"The picture of {width:,} x {height:,} pixels was looked at in {size[0]:,} x {size[1]:,}; "
        "what was found was enlarged from there."
    )
    return image.resize(size, Image.Resampling.BILINEAR)


@contextmanager
def fit_to_see(image: Image.Image) -> Iterator[None]:
    """Puts down to its shape what fails on a very small or narrow picture: libraries resize it to
    nothing, and say so in terms of axes."""
    with fit_size(image.size):
        yield


@contextmanager
def fit_size(size: tuple[int, int]) -> Iterator[None]:
    """The same for a picture of so many pixels that is held no more."""
    short, long = sorted(size)
    if long > LONGEST * short:
        raise unfit(size)
    try:
        yield
    except (RuntimeError, ValueError, IndexError, ZeroDivisionError, TypeError) as error:
        if short >= SHORT and long <= LONG * short:
            raise
        raise unfit(size) from error


def unfit(size: tuple[int, int]) -> InvalidInput:
    width, height = size
    return InvalidInput(
        f"inputs: this model cannot see a picture of {width:,} x {height:,} pixels. "
        f"Send one of at least {SHORT} x {SHORT}, at most {LONG} times as long as wide."
    )


def best_first(found: Iterable[Detection]) -> list[Detection]:
    return sorted(found, key=lambda each: -each["score"])


def detection(label: str, score: float, box: Iterable[float], image: Image.Image) -> Detection:
    """One thing that was found; `box` is xmin, ymin, xmax, ymax, clipped to the picture."""
    numbers = [number(score), *map(number, box)]
    return {"label": label, "score": numbers[0], "box": clipped(numbers[1:], image)}


def clipped(box: list[float], image: Image.Image) -> Box:
    """Whole pixels of the picture."""
    width, height = image.size
    xmin, ymin, xmax, ymax = (
        max(0, min(int(value), most - 1))
        for value, most in zip(box, (width, height, width, height), strict=True)
    )
    return {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}


def number(value: float) -> float:
    """The number as it is. Raises ModelFailed for what JSON has no word for."""
    if not math.isfinite(value):
        raise ModelFailed("The model's answer to this picture holds values that are no numbers.")
    return float(value)
