"""Boxes: clipped, best first, in the pixels of the upright picture."""

import pytest
from PIL import Image

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.hardware import Hardware
from pipelines.loaders.seeing import Exact, detection
from pipelines.loaders.transformers import Pipeline
from pipelines.model import Model
from tests.pipelines.tasks.sights import ODD, turned, written
from tests.zoo import object_detection as zoo
from tests.zoo.cage import Cage
from tests.zoo.sights import INPUT, SIZE, encoded, scene

DETR, YOLOS, RT_DETR = zoo.TINY
LOW = {"threshold": 0.2}


def test_nothing_found_is_an_empty_list(cage: Cage) -> None:
    assert cage.answer(DETR, INPUT, threshold=1) == []


def test_a_lower_threshold_finds_more(cage: Cage) -> None:
    found = cage.answer(RT_DETR, INPUT, **LOW)
    middle = found[len(found) // 2]["score"]
    assert cage.answer(RT_DETR, INPUT, threshold=middle) == [
        each for each in found if each["score"] > middle
    ]


@pytest.mark.parametrize("threshold", [-0.1, 1.1, "much"])
def test_a_threshold_is_a_probability(cage: Cage, threshold: object) -> None:
    with pytest.raises(InvalidInput, match="threshold"):
        cage.answer(DETR, INPUT, threshold=threshold)


def test_the_best_come_first_within_the_picture(cage: Cage) -> None:
    for tiny in zoo.TINY:
        found = cage.answer(tiny, INPUT, **LOW)
        assert found
        scores = [each["score"] for each in found]
        assert scores == sorted(scores, reverse=True)
        for each in found:
            box = each["box"]
            assert 0 <= box["xmin"] <= box["xmax"] < SIZE[0]
            assert 0 <= box["ymin"] <= box["ymax"] < SIZE[1]


@pytest.mark.parametrize("kind", ODD)
def test_odd_pictures(cage: Cage, kind: str) -> None:
    found = cage.answer(YOLOS, written(ODD[kind]()), threshold=0)
    assert len(found) == 8
    assert all(each["box"]["xmax"] < SIZE[0] for each in found)


def test_boxes_are_those_of_the_upright_picture(cage: Cage) -> None:
    assert cage.answer(YOLOS, written(turned()), **LOW) == cage.answer(YOLOS, INPUT, **LOW)


@pytest.mark.parametrize("size", [(10_000, 2), (2, 10_000), (60, 3_600)])
def test_a_picture_that_is_a_line_is_refused(cage: Cage, size: tuple[int, int]) -> None:
    for tiny in zoo.TINY:
        with pytest.raises(InvalidInput, match="cannot see a picture of"):
            cage.answer(tiny, encoded(Image.new("RGB", size)), **LOW)


def test_one_pixel_is_a_picture(cage: Cage) -> None:
    found = cage.answer(DETR, encoded(Image.new("RGB", (1, 1))), threshold=0)
    assert {tuple(each["box"].values()) for each in found} == {(0, 0, 0, 0)}


def test_several_of_different_sizes(cage: Cage) -> None:
    rows = [encoded(scene((70, 90))), INPUT]
    assert cage.answer(DETR, rows, **LOW) == [cage.answer(DETR, row, **LOW) for row in rows]


def test_boxes_are_computed_with_all_their_digits(cage: Cage) -> None:
    half = Hardware("cpu-basic", "cpu", "bfloat16", 2, 1 << 33, (), (), "for tests")
    pipe = Exact(Pipeline("object-detection"))(cage.built(DETR), half)
    assert str(pipe.model.dtype) == "torch.float32"


def test_what_is_no_number_is_no_answer() -> None:
    image = Image.new("RGB", (4, 4))
    with pytest.raises(ModelFailed):
        detection("a", 0.5, [0, 0, float("nan"), 1], image)
    with pytest.raises(ModelFailed):
        detection("a", float("inf"), [0, 0, 1, 1], image)
    found = detection("a", 0.5, [-3.7, 0.9, 9.2, 3.2], image)
    assert found["box"] == {"xmin": 0, "ymin": 0, "xmax": 3, "ymax": 3}


def test_the_kind_of_model_is_known_by_its_files(cage: Cage) -> None:
    made: Model = cage.built(RT_DETR)
    assert (made.tag, made.library) == ("object-detection", "transformers")
