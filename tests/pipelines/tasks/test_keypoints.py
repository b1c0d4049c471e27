"""Points of one picture, and the same points in two."""

import pytest
from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.models.architectures import transformers_tag
from tests.pipelines.tasks.sights import ODD, turned, written
from tests.zoo import keypoint_detection, keypoint_matching
from tests.zoo.alike import alike
from tests.zoo.cage import Cage
from tests.zoo.sights import INPUT, PICTURE, SIZE, encoded

SUPERPOINT, VITPOSE = keypoint_detection.TINY
SUPERGLUE, LOFTR, LIGHTGLUE = keypoint_matching.TINY
OTHER = encoded(PICTURE.transpose(Image.Transpose.ROTATE_90))


def test_points_lie_in_the_picture_the_best_first(cage: Cage) -> None:
    (figure,) = cage.answer(SUPERPOINT, INPUT)
    scores = [point["score"] for point in figure["keypoints"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 20
    for point in figure["keypoints"]:
        assert 0 <= point["x"] < SIZE[0]
        assert 0 <= point["y"] < SIZE[1]


def test_nothing_found_is_an_empty_list(cage: Cage) -> None:
    assert cage.answer(SUPERPOINT, INPUT, threshold=1) == []
    assert cage.answer(SUPERGLUE, {"image": INPUT, "other": OTHER}, threshold=1) == []


@pytest.mark.parametrize("kind", ODD)
def test_odd_pictures(cage: Cage, kind: str) -> None:
    assert cage.answer(SUPERPOINT, written(ODD[kind]()))
    assert cage.answer(VITPOSE, written(ODD[kind]()))


def test_points_are_those_of_the_upright_picture(cage: Cage) -> None:
    assert cage.answer(SUPERPOINT, written(turned())) == cage.answer(SUPERPOINT, INPUT)


def test_a_body_is_looked_for_in_its_box(cage: Cage) -> None:
    boxes = [[0, 0, 40, 60], [40, 4, 90, 60]]
    found = cage.answer(VITPOSE, {"image": INPUT, "boxes": boxes})
    assert [figure["box"] for figure in found] == [
        {"xmin": 0, "ymin": 0, "xmax": 39, "ymax": 59},
        {"xmin": 40, "ymin": 4, "xmax": 89, "ymax": 59},
    ]
    alone = [cage.answer(VITPOSE, {"image": INPUT, "boxes": [box]})[0] for box in boxes]
    assert alike(found, alone)
    assert found[0]["keypoints"] != found[1]["keypoints"]
    whole = cage.answer(VITPOSE, {"image": INPUT, "boxes": [[0, 0, *SIZE]]})
    assert whole == cage.answer(VITPOSE, INPUT)


def test_lines_stay_between_the_points_that_are_left(cage: Cage) -> None:
    (figure,) = cage.answer(VITPOSE, INPUT)
    scores = sorted(point["score"] for point in figure["keypoints"])
    (less,) = cage.answer(VITPOSE, INPUT, threshold=(scores[0] + scores[1]) / 2)
    names = [point["label"] for point in figure["keypoints"]]
    kept = [point["label"] for point in less["keypoints"]]
    wanted = [{names[a], names[b]} for a, b in figure["edges"]]
    assert [{kept[a], kept[b]} for a, b in less["edges"]] == [
        pair for pair in wanted if pair <= set(kept)
    ]
    assert len(kept) == len(names) - 1


def test_boxes_are_boxes_and_only_for_bodies(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="boxes: these are points"):
        cage.answer(VITPOSE, {"image": INPUT, "boxes": [[3, 4, 1]]})
    with pytest.raises(InvalidInput, match="Leave boxes out"):
        cage.answer(SUPERPOINT, {"image": INPUT, "boxes": [[0, 0, 9, 9]]})
    with pytest.raises(InvalidInput, match="lies outside"):
        cage.answer(VITPOSE, {"image": INPUT, "boxes": [[0, 0, 900, 9]]})


def test_each_match_lies_in_both_pictures(cage: Cage) -> None:
    """Which are of different shapes, so that widths must not be taken for heights."""
    for tiny in (SUPERGLUE, LOFTR, LIGHTGLUE):
        found = cage.answer(tiny, {"image": INPUT, "other": OTHER})
        assert found
        for each in found:
            first, second = each["keypoint_image_0"], each["keypoint_image_1"]
            assert first["x"] < SIZE[0]
            assert first["y"] < SIZE[1]
            assert second["x"] < SIZE[1]
            assert second["y"] < SIZE[0]


def test_two_pictures_are_needed(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="other"):
        cage.answer(SUPERGLUE, {"image": INPUT})


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("SuperGlueForKeypointMatching", "keypoint-matching"),
        ("EfficientLoFTRForKeypointMatching", "keypoint-matching"),
        ("SuperPointForKeypointDetection", "keypoint-detection"),
        ("VitPoseForPoseEstimation", "keypoint-detection"),
        ("SamModel", "mask-generation"),
        ("Sam2VideoModel", "mask-generation"),
        ("Sam3TrackerModel", "mask-generation"),
        ("SamHQModel", "mask-generation"),
        ("EdgeTamModel", "mask-generation"),
        ("Owlv2ForObjectDetection", "zero-shot-object-detection"),
        ("MMGroundingDinoForObjectDetection", "zero-shot-object-detection"),
        ("RTDetrV2ForObjectDetection", "object-detection"),
        ("DetrForSegmentation", "image-segmentation"),
        ("OneFormerForUniversalSegmentation", "image-segmentation"),
        ("ZoeDepthForDepthEstimation", "depth-estimation"),
    ],
)
def test_an_architecture_says_what_it_is_for(name: str, tag: str) -> None:
    assert transformers_tag(name) == tag
