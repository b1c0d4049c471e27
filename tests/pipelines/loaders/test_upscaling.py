"""Swin2SR against transformers' own code: the padding goes, the picture stays."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.loaders import upscaling
from pipelines.loaders.upscaling import Upscaler
from pipelines.models.resolve import Models
from pipelines.registry import TASKS
from pipelines.settings import Limits, Settings
from tests.pipelines.fakes import HARDWARE
from tests.zoo.painters import encoded
from tests.zoo.upscalers import GREY, TWICE, build, reference

Build = Callable[[Path], None]
TWO: Build = partial(build, **TWICE)
CLEAN: Build = partial(build, **GREY)


def loaded(root: Path, make: Build) -> tuple[Upscaler, Path]:
    folder = root / "models" / "tiny" / "swin"
    make(folder)
    models = Models(Settings(models_dir=(root / "models",), offline=True), root / "cache")
    found = models.find("tiny/swin")
    assert found.tag == "image-to-image"
    assert TASKS["image-to-image"].accepts(found)
    return upscaling.load(found, HARDWARE), folder


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    draw = np.random.default_rng(width * height)
    made = draw.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(made).convert(mode)


def pixels(image: Image.Image) -> Any:
    return np.asarray(image, dtype=int)


@pytest.mark.parametrize("size", [(16, 16), (13, 9), (1, 30)], ids=str)
@pytest.mark.parametrize("make", [TWO, CLEAN], ids=["twice", "grey"])
def test_a_picture_is_answered_as_by_direct_code(
    tmp_path: Path, make: Build, size: tuple[int, int]
) -> None:
    model, folder = loaded(tmp_path, make)
    found, wanted = model.answer(noise(*size)), reference(folder, noise(*size))
    assert found.size == (size[0] * model.scale, size[1] * model.scale)
    assert (found.size, found.mode) == (wanted.size, wanted.mode)
    assert np.ptp(pixels(wanted)) > 20, "nothing to compare"
    assert abs(pixels(found) - pixels(wanted)).max() <= 1


def test_any_mode_of_picture_is_read(tmp_path: Path) -> None:
    model, _ = loaded(tmp_path, TWO)
    for mode in ("L", "RGBA", "P", "1"):
        assert model.answer(noise(9, 9, mode)).mode == "RGB"


def test_a_picture_too_large_to_work_on_is_refused(tmp_path: Path) -> None:
    model, _ = loaded(tmp_path, TWO)
    with pytest.raises(InvalidInput, match=r"1,050,625 pixels.*smaller one"):
        model.answer(Image.new("RGB", (1025, 1025)))


def test_little_memory_takes_smaller_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _ = loaded(tmp_path, TWO)
    monkeypatch.setattr(upscaling, "available_memory", lambda: 2 * upscaling.ROOM * 100)
    assert model.answer(noise(10, 10)).size == (20, 20)
    with pytest.raises(InvalidInput, match="110 pixels, but at most 100 .* memory"):
        model.answer(noise(11, 10))


@pytest.mark.parametrize(
    "parameters", [{"prompt": "a cat"}, {"seed": 1}, {"strength": 0.5}], ids=str
)
def test_whatever_is_not_the_picture_is_refused_by_name(
    tmp_path: Path, parameters: dict[str, Any]
) -> None:
    model, _ = loaded(tmp_path, TWO)
    task = TASKS["image-to-image"]
    asked = task.read({"inputs": encoded(noise(8, 8)), "parameters": parameters}, Limits())
    with pytest.raises(InvalidInput, match=next(iter(parameters))):
        task.run(model, asked.inputs, asked.params)
    both = {"image": encoded(noise(8, 8)), "mask": encoded(noise(8, 8))}
    with pytest.raises(InvalidInput, match="mask"):
        task.run(model, task.read({"inputs": both}, Limits()).inputs, task.params())
