"""Masks as large as the picture, black and white, with a score where there is one."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.loaders import seeing
from pipelines.notices import heard
from pipelines.registry import TASKS
from tests.pipelines.tasks.sights import ODD, turned, written
from tests.zoo import image_segmentation as zoo
from tests.zoo.cage import Cage
from tests.zoo.image_segmentation import THINGS
from tests.zoo.sights import INPUT, SIZE, encoded, scene

SEGFORMER, UPERNET, MASK2FORMER, ONEFORMER, DETR = zoo.TINY


def opened(mask: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(mask["mask"])))


def test_every_pixel_has_one_class_and_no_score(cage: Cage) -> None:
    for tiny in (SEGFORMER, UPERNET):
        found = cage.answer(tiny, INPUT)
        masks = [opened(each) for each in found]
        assert {(mask.mode, mask.size, mask.format) for mask in masks} == {("L", SIZE, "PNG")}
        assert np.array_equal(sum(np.asarray(m, int) for m in masks), np.full(SIZE[::-1], 255))
        assert not any("score" in each for each in found)


def test_things_have_scores_and_the_best_come_first(cage: Cage) -> None:
    for tiny in (MASK2FORMER, DETR):
        found = cage.answer(tiny, INPUT, **THINGS)
        scores = [each["score"] for each in found]
        assert scores == sorted(scores, reverse=True)
        assert cage.answer(tiny, INPUT, **THINGS | {"threshold": 1}) == []


@pytest.mark.parametrize("subtask", ["instance", "panoptic"])
def test_what_a_model_cannot_do_is_said(cage: Cage, subtask: str) -> None:
    with pytest.raises(InvalidInput, match=f"cannot do {subtask} segmentation. Choose semantic"):
        cage.answer(SEGFORMER, INPUT, subtask=subtask)


def test_one_model_does_three_subtasks(cage: Cage) -> None:
    for tiny in (MASK2FORMER, DETR):
        panoptic, instance = (cage.answer(tiny, INPUT, subtask=name, **THINGS)
                              for name in ("panoptic", "instance"))  # fmt: skip
        assert all("score" in each for each in [*panoptic, *instance])
        classes = cage.answer(tiny, INPUT, subtask="semantic")
        assert classes
        assert not any("score" in each for each in classes)


def test_what_needs_a_package_says_so(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    """OneFormer tells things apart by torchvision alone."""
    monkeypatch.setattr("transformers.utils.is_torchvision_available", lambda: False)
    with pytest.raises(MissingPackage, match="torchvision"):
        cage.answer(ONEFORMER, INPUT, subtask="panoptic")
    said: list[str] = []
    with heard(said.append):
        assert cage.answer(ONEFORMER, INPUT) == cage.answer(ONEFORMER, INPUT, subtask="semantic")
    assert "without torchvision" in said[0]


def test_no_score_has_no_threshold(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="mask_threshold has no meaning"):
        cage.answer(SEGFORMER, INPUT, mask_threshold=0.7)
    assert cage.answer(SEGFORMER, INPUT, threshold=0.9)  # the default is no wish


@pytest.mark.parametrize("kind", ODD)
def test_odd_pictures(cage: Cage, kind: str) -> None:
    assert {opened(each).size for each in cage.answer(SEGFORMER, written(ODD[kind]()))} == {SIZE}


def test_masks_are_those_of_the_upright_picture(cage: Cage) -> None:
    assert cage.answer(SEGFORMER, written(turned())) == cage.answer(SEGFORMER, INPUT)


def test_a_large_picture_is_looked_at_in_small(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeing, "PIXELS", 1_500)
    said: list[str] = []
    with heard(said.append):
        found = cage.answer(SEGFORMER, encoded(scene((192, 128))))
    assert {opened(each).size for each in found} == {(192, 128)}
    assert "192 x 128 pixels was looked at in 47 x 31" in said[0]


def test_a_models_own_code_may_give_pictures() -> None:
    task = TASKS["image-segmentation"]
    raw = [{"label": "sky", "score": 0.5, "mask": Image.new("L", SIZE, 255)}]
    (made,) = task.shape(raw, None)
    assert (made["label"], made["score"]) == ("sky", 0.5)
    assert opened(made).size == SIZE
