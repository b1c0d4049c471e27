"""Solids as GLB files."""

from typing import Any

import numpy as np
import pytest

from pipelines.errors import ModelFailed
from pipelines.loaders.handler import Handler
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.solids import GLB, solid
from tests.zoo.glb import read

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 1, 3]], np.uint32)


def test_a_file_holds_corners_colours_and_triangles() -> None:
    made = solid(CORNERS, FACES, CORNERS / 3)
    assert made["mime"] == GLB
    about, (corners, colours, order) = read(made["content"])
    assert (corners == CORNERS).all()
    assert colours == pytest.approx(CORNERS / 3)
    assert order.reshape(-1, 3).tolist() == FACES.tolist()
    assert about["accessors"][0]["max"] == [1, 2, 3]
    shape = about["meshes"][0]["primitives"][0]
    assert shape["attributes"] == {"POSITION": 0, "COLOR_0": 1}
    assert shape["indices"] == 2


def test_colours_are_not_needed_and_stay_in_bounds() -> None:
    about, arrays = read(solid(CORNERS, FACES)["content"])
    assert len(arrays) == 2
    assert about["meshes"][0]["primitives"][0]["attributes"] == {"POSITION": 0}
    _, (_, colours, _) = read(solid(CORNERS, FACES, CORNERS - 1)["content"])
    assert (colours.min(), colours.max()) == (0, 1)


@pytest.mark.parametrize(
    ("corners", "faces"),
    [
        (CORNERS[:0], FACES[:0]),
        (CORNERS, FACES[:0]),
        (CORNERS * np.float32(np.nan), FACES),
    ],
    ids=["nothing", "no surface", "no numbers"],
)
def test_an_empty_solid_is_the_models_fault(corners: Any, faces: Any) -> None:
    with pytest.raises(ModelFailed, match="empty"):
        solid(corners, faces)


def handled(raw: Any) -> Any:
    task = TASKS["text-to-3d"]
    asked = task.read({"inputs": "a cube"}, Limits())
    return Handler(lambda data: raw, "a/b").answer(task, asked.inputs, asked.params)[0]


def test_a_handler_may_give_numbers_or_a_file() -> None:
    raw = {"vertices": CORNERS, "faces": FACES}
    assert handled(raw) == solid(CORNERS, FACES)
    assert handled(solid(CORNERS, FACES)["content"])["mime"] == GLB
    assert handled(b"ply\nformat ascii 1.0")["mime"] == "model/ply"
    assert handled(b"v 0 0 0\n")["mime"] == "model/obj"
    _, (_, colours, _) = read(handled({**raw, "colors": np.full((4, 3), 0.5)})["content"])
    assert colours == pytest.approx(0.5**2.2)  # linear in light
    with pytest.raises(ModelFailed, match="text-to-3d"):
        handled("a cube")
