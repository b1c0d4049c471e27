"""Masks of anything: by marks, and over the whole picture without doubles."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.loaders import masks
from pipelines.loaders.marked import Pointed, objects
from pipelines.loaders.masks import MaskOptions, load
from pipelines.loaders.packed import box_of, each_once, packed, without_doubles
from pipelines.loaders.safety import reading
from pipelines.model import Model
from pipelines.notices import heard
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.tasks.test_image_segmentation import opened
from tests.zoo import mask_generation as zoo
from tests.zoo.cage import Cage
from tests.zoo.mask_generation import MARKS, WHOLE
from tests.zoo.sights import INPUT, PICTURE, SIZE

SAM, SAM_HQ = zoo.TINY


def marked(marks: Any) -> dict[str, Any]:
    return {"image": INPUT, "marks": marks}


def test_marks_are_one_object_or_a_box_each(cage: Cage) -> None:
    boxes = [[0, 0, 20, 20], [50, 30, 90, 60]]
    found = cage.answer(SAM, marked(boxes))
    assert [each["label"] for each in found] == ["object 1", "object 2"]
    assert [cage.answer(SAM, marked([box]))[0]["mask"] for box in boxes] == [
        each["mask"] for each in found
    ]
    assert {opened(each).size for each in found} == {SIZE}
    assert len(cage.answer(SAM, marked([[3, 4], [5, 6, 1], [50, 50, 0]]))) == 1


def test_every_mark_counts(cage: Cage) -> None:
    every = cage.answer(SAM, marked(MARKS))
    for some in itertools.combinations(MARKS, 2):
        assert cage.answer(SAM, marked(list(some))) != every


def test_points_go_with_the_box_they_lie_in() -> None:
    first, second = [0, 0, 10, 10], [50, 30, 90, 60]
    inside, beside = [5, 5, 0], [20, 20, 1]
    assert objects([inside, first, second], PICTURE) == [
        Pointed([inside], first), Pointed([], second)
    ]  # fmt: skip
    assert objects([inside, beside, first], PICTURE) == [Pointed([inside, beside], first)]
    assert objects([first, second, beside], PICTURE)[-1] == Pointed([beside])


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([[200, 5, 1]], "lies outside the picture of 96 x 64"),
        ([[5, -1]], "lies outside"),
        ([[0, 0, 97, 10]], "lies outside"),
        ([[5, 5, 0]], "Add a point inside"),
        ([[5, 5, 2]], "is no mark"),
        ([[9, 9, 3, 3]], "is no mark"),
        ([[1]], "marks"),
        ("here", "marks"),
        ([[float("nan"), 3]], "marks"),
    ],
)
def test_marks_that_mark_nothing(cage: Cage, marks: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        cage.answer(SAM, marked(marks))


def test_the_whole_picture_is_searched_without_marks(cage: Cage) -> None:
    found = cage.answer(SAM, INPUT, **WHOLE)
    assert found == cage.answer(SAM, marked([]), **WHOLE) == cage.answer(SAM, marked(None), **WHOLE)
    assert [each["label"] for each in found] == [f"mask {at + 1}" for at in range(len(found))]
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    assert len(cage.answer(SAM, INPUT, **WHOLE | {"crops_nms_thresh": 1})) > len(found) > 1


def test_what_is_found_is_what_the_library_finds(cage: Cage) -> None:
    """Its own grid, filter and thresholds; only its last step needs torchvision."""
    model = transformers.SamModel.from_pretrained(cage.path(SAM))
    processor = transformers.SamImageProcessorPil.from_pretrained(cage.path(SAM))
    _, grid, images, labels = processor.generate_crop_boxes(PICTURE, 64, 0, 0.0, 4)
    inputs = processor(images, return_tensors="pt")
    sizes = inputs["original_sizes"].tolist(), inputs["reshaped_input_sizes"].tolist()
    with torch.inference_mode():
        embeddings = model.get_image_embeddings(inputs["pixel_values"])
        points, labels = grid[:, :, :1].float(), labels[:, :, :1]
        seen = model(image_embeddings=embeddings, input_points=points, input_labels=labels)
    masks = processor.post_process_masks(seen.pred_masks, *sizes, binarize=False)[0]
    limits = {"pred_iou_thresh": 0.1, "stability_score_thresh": 0.5, "stability_score_offset": 0.1}
    box = [0, 0, *SIZE]
    _, scores, boxes = processor.filter_masks(masks, seen.iou_scores[0], SIZE[::-1], box, **limits)
    filled = (boxes[:, 2:] - boxes[:, :2]).sum(-1) > 0
    ours = cage.answer(SAM, INPUT, **WHOLE | limits | {"crops_nms_thresh": 1})
    theirs = sorted(scores[filled].tolist(), reverse=True)
    assert 1 < len(theirs) < 48
    assert [each["score"] for each in ours] == pytest.approx(theirs, abs=1e-4)


def test_a_crowd_of_masks_is_cut_and_told(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    every = cage.answer(SAM, INPUT, **WHOLE | {"crops_nms_thresh": 1})
    monkeypatch.setattr(masks, "MOST", 3)
    said: list[str] = []
    with heard(said.append):
        assert cage.answer(SAM, INPUT, **WHOLE | {"crops_nms_thresh": 1}) == every[:3]
    assert said == [f"{len(every)} masks were found; the best 3 are here."]


def test_masks_that_find_no_room_are_left_out_and_told(
    cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = WHOLE | {"crops_nms_thresh": 1}
    every = cage.answer(SAM, INPUT, **asked)
    monkeypatch.setattr(masks, "ROOM", 500)
    said: list[str] = []
    with heard(said.append):
        some = cage.answer(SAM, INPUT, **asked)
    assert some == every[: len(some)]
    assert 0 < len(some) < len(every)
    assert said == [
        f"{len(every) - len(some)} masks with the lowest scores were left out: too many for the "
        "memory."
    ]


def test_no_more_points_than_sam_tries(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="points_per_crop"):
        cage.answer(SAM, INPUT, points_per_crop=33)


def test_of_equal_thin_masks_the_best_stays() -> None:
    line, dotted = np.zeros((6, 8), bool), np.zeros((6, 8), bool)
    line[1:5, 3], dotted[[1, 4], 3] = True, True
    found = [packed(line, 0.5), packed(dotted, 0.6), packed(line, 0.9)]
    assert each_once(found, 0.7) == [2, 1]
    assert each_once(found, 1) == [2, 1, 0]


def test_a_mask_is_unpacked_as_it_was() -> None:
    mask = np.random.default_rng(0).random((7, 13)) > 0.5
    assert np.array_equal(packed(mask, 0.5).mask(), mask)


def test_of_two_that_overlap_the_better_one_stays() -> None:
    boxes = [(0, 0, 10, 10), (1, 1, 11, 11), (50, 0, 60, 10), (0, 0, 10, 10)]
    assert without_doubles(boxes, [0.5, 0.9, 0.1, 0.6], 0.5) == [1, 2]
    assert without_doubles(boxes, [0.5, 0.9, 0.1, 0.6], 1) == [1, 3, 0, 2]
    assert without_doubles([], [], 0.5) == []


def test_a_box_holds_the_whole_mask() -> None:
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3:7] = True
    assert box_of(mask) == (3, 2, 6, 3)


def test_parameters_have_the_librarys_own_defaults() -> None:
    assert MaskOptions().model_dump() == {
        "points_per_crop": 32, "pred_iou_thresh": 0.88, "stability_score_thresh": 0.95,
        "stability_score_offset": 1, "mask_threshold": 0, "crops_nms_thresh": 0.7,
    }  # fmt: skip


def test_a_model_that_needs_torchvision_says_so(
    cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*given: Any, **more: Any) -> None:
        raise ValueError("No class. Missing optional dependencies: torchvision. Please install.")

    monkeypatch.setattr(transformers.AutoImageProcessor, "from_pretrained", lacking)
    made: Model = cage.built(SAM)
    with pytest.raises(MissingPackage, match="not installed here: torchvision"), reading(made):
        load(made, HARDWARE)
