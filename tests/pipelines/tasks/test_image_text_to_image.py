"""Editors: the words and the picture, in each way that a client sends them."""

import base64
import io
from functools import partial
from typing import Any

import pytest
from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo.painters import editor, encoded, photo, stable_diffusion

TAG = "image-text-to-image"
PICTURE = encoded(photo())
STEPS = {"num_inference_steps": 2, "seed": 1}
EDITOR = partial(editor, tag=TAG)
DRAWER = partial(stable_diffusion, tag=TAG)


def test_the_words_may_stand_among_the_parameters(bench: Bench) -> None:
    named = bench.answer(TAG, EDITOR, {"prompt": "a fox", "image": PICTURE}, **STEPS)
    assert bench.answer(TAG, EDITOR, PICTURE, prompt="a fox", **STEPS) == named
    assert bench.answer(TAG, EDITOR, {"image": PICTURE}, prompt="a fox", **STEPS) == named
    assert bench.answer(TAG, EDITOR, PICTURE, prompt="a dog", **STEPS) != named


def test_words_alone_draw_where_a_model_can(bench: Bench) -> None:
    made = bench.answer(TAG, DRAWER, "a fox", **STEPS, target_size={"width": 48, "height": 32})
    assert Image.open(io.BytesIO(made["content"])).size == (48, 32)
    task = TASKS[TAG]
    asked = task.read({"parameters": {"prompt": "a fox"}}, Limits())
    assert asked.inputs[0].prompt == "a fox"


def test_an_editor_without_a_picture_says_so(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match=r"inputs\.image.*Send one"):
        bench.answer(TAG, EDITOR, "a fox", **STEPS)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"image": PICTURE}, "prompt"),
        ({"prompt": "a", "image": base64.b64encode(b"no").decode()}, "image"),
        ({"prompt": " ", "image": PICTURE}, "prompt"),
    ],
    ids=["no words", "no picture", "blank"],
)
def test_what_is_wrong_is_named(inputs: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        TASKS[TAG].read({"inputs": inputs}, Limits())
