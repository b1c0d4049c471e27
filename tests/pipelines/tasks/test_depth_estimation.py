"""Depths: the model's own numbers, and a picture of 16 bits."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.kinds.outputs import depth_file
from pipelines.loaders.depths import grey, rounded
from tests.pipelines.tasks.sights import ODD, turned, written
from tests.zoo import depth_estimation as zoo
from tests.zoo.cage import Cage
from tests.zoo.sights import INPUT, SIZE, encoded

DPT, ANYTHING, GLPN = zoo.TINY


def test_the_picture_has_more_than_256_steps(cage: Cage) -> None:
    for tiny in zoo.TINY:
        found = cage.answer(tiny, INPUT)
        image = Image.open(io.BytesIO(base64.b64decode(found["depth"])))
        assert (image.mode, image.size, image.format) == ("I;16", SIZE, "PNG")
        steps = np.unique(np.asarray(image))
        assert (steps.min(), steps.max()) == (0, 65_535)
        assert len(steps) > 256
        assert depth_file(found)["content"].startswith(b"\x89PNG")


def test_one_depth_alone_is_black() -> None:
    assert np.asarray(grey(np.full((2, 3), 7, np.float32))).max() == 0
    assert rounded(np.zeros((1, 2), np.float32)) == [[0.0, 0.0]]


def test_numbers_are_written_with_the_digits_that_they_have() -> None:
    assert rounded(np.array([[0.1, 1.0]], np.float32)) == [[0.1, 1.0]]
    assert rounded(np.array([[12345.678, 2e-9]], np.float32)) == [[12345.678, 0.0]]


@pytest.mark.parametrize("kind", ODD)
def test_odd_pictures(cage: Cage, kind: str) -> None:
    assert cage.answer(ANYTHING, written(ODD[kind]()))["predicted_depth"]


def test_depths_are_those_of_the_upright_picture(cage: Cage) -> None:
    assert cage.answer(ANYTHING, written(turned())) == cage.answer(ANYTHING, INPUT)


def test_a_picture_too_small_for_a_model_that_looks_at_every_pixel(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="cannot see a picture of 1 x 1"):
        cage.answer(GLPN, encoded(Image.new("RGB", (1, 1))))
    assert cage.answer(DPT, encoded(Image.new("RGB", (1, 1))))
