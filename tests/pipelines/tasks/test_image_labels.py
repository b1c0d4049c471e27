"""Labels of pictures: a classifier's own, the caller's own, and a picture's numbers."""

import base64
import importlib.util
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.model import Model
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.tasks import zero_shot_image_classification as zero_shot
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.media import saved
from tests.zoo import image_classification, image_feature_extraction, zero_shot_image_classification
from tests.zoo.cage import Cage
from tests.zoo.seen import encoded, scene

VIT, RESNET, CONVNEXT = image_classification.TINY
CLIP, SIGLIP = zero_shot_image_classification.TINY
SCENE = encoded(scene())
ORIENTATION = 0x0112  # EXIF's tag
LABELS = ["the fox", "a lazy dog"]


def test_top_k_and_the_function(cage: Cage) -> None:
    found = cage.answer(VIT, SCENE, top_k=2)
    assert [each["label"] for each in found] == [
        each["label"] for each in cage.answer(VIT, SCENE, top_k=1000)[:2]
    ]
    assert len(cage.answer(VIT, SCENE, top_k=1000)) == 7
    raw = {x["label"]: x["score"] for x in cage.answer(VIT, SCENE, function_to_apply="none")}
    for each in cage.answer(VIT, SCENE, function_to_apply="sigmoid"):
        assert each["score"] == pytest.approx(1 / (1 + math.exp(-raw[each["label"]])), abs=1e-5)


def test_a_model_of_several_labels_judges_each_by_itself_and_a_number_is_a_number(
    cage: Cage,
) -> None:
    several = cage.answer(RESNET, SCENE)
    assert sum(each["score"] for each in several) > 1.2
    assert cage.answer(RESNET, SCENE) == cage.answer(RESNET, SCENE, function_to_apply="sigmoid")
    assert cage.answer(CONVNEXT, SCENE) == cage.answer(CONVNEXT, SCENE, function_to_apply="none")


@pytest.mark.parametrize("top_k", [0, -1, 1001, "many"])
def test_a_bad_count_is_refused_by_name(top_k: Any) -> None:
    with pytest.raises(InvalidInput, match="top_k"):
        TASKS["image-classification"].read(
            {"inputs": SCENE, "parameters": {"top_k": top_k}}, Limits()
        )


@pytest.mark.parametrize("tiny", [VIT, RESNET, CLIP, *image_feature_extraction.TINY])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (300, 7)])
def test_very_small_and_narrow_pictures(cage: Cage, tiny: Any, size: tuple[int, int]) -> None:
    parameters = {"candidate_labels": LABELS} if tiny is CLIP else {}
    assert cage.answer(tiny, encoded(scene(*size)), **parameters)


@pytest.mark.parametrize("tiny", [VIT, RESNET, CLIP, *image_feature_extraction.TINY])
def test_a_line_of_pixels_is_no_picture(cage: Cage, tiny: Any) -> None:
    parameters = {"candidate_labels": LABELS} if tiny is CLIP else {}
    with pytest.raises(InvalidInput, match="cannot see a picture of 1 x 400 pixels"):
        cage.answer(tiny, encoded(scene(1, 400)), **parameters)


def test_a_picture_is_seen_upright_and_on_white(cage: Cage) -> None:
    turned = scene().transpose(Image.Transpose.ROTATE_90)
    exif = turned.getexif()
    exif[ORIENTATION] = 6  # a quarter back
    assert cage.answer(VIT, encoded_bytes(saved(turned, exif=exif))) == cage.answer(VIT, SCENE)
    assert cage.answer(VIT, encoded(turned)) != cage.answer(VIT, SCENE)
    clear = scene().convert("RGBA")
    clear.putalpha(0)
    white = encoded(scene().point(lambda _: 255))
    assert cage.answer(VIT, encoded(clear)) == cage.answer(VIT, white)


def test_a_truncated_file_is_told(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="damaged"):
        cage.answer(VIT, encoded_bytes(saved(scene(400, 400), "JPEG")[:2000]))


def encoded_bytes(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_folder_without_a_head_is_not_taken(cage: Cage) -> None:
    body = image_feature_extraction.TINY[0]
    model = replace(cage.built(body), tag="image-classification")
    assert not TASKS["image-classification"].accepts(model)
    assert TASKS["image-feature-extraction"].accepts(model)


def test_a_timm_model_names_the_packages_that_it_needs(tmp_path: Path) -> None:
    """With both installed it is loaded instead: that is not tried here."""
    if importlib.util.find_spec("timm") and importlib.util.find_spec("torchvision"):
        return
    model = Model("timm/resnet18", tmp_path, "1", "image-classification", "timm")
    task = TASKS["image-classification"]
    assert task.accepts(model)
    with pytest.raises(MissingPackage, match="pip install timm"):
        task.loader(model)(model, HARDWARE)


# Labels of one's own ---------------------------------------------------------------------------


def test_labels_as_python_and_as_javascript_send_them(cage: Cage) -> None:
    found = cage.answer(CLIP, SCENE, candidate_labels=LABELS)
    assert found == cage.answer(CLIP, {"image": SCENE}, candidate_labels=LABELS)
    assert found == cage.answer(CLIP, {"image": SCENE, "candidate_labels": LABELS})
    assert cage.answer(CLIP, [SCENE, SCENE], candidate_labels="the fox, a lazy dog") == [found] * 2
    assert sum(each["score"] for each in found) == pytest.approx(1, abs=1e-5)


def test_one_label_and_labels_that_are_the_same(cage: Cage) -> None:
    (one,) = cage.answer(CLIP, SCENE, candidate_labels=["the fox"])
    assert one == {"label": "the fox", "score": 1.0}
    assert cage.answer(CLIP, SCENE, candidate_labels=["the fox", "the fox"]) == [one]
    alone = cage.answer(SIGLIP, SCENE, candidate_labels=["the fox"])[0]
    among = cage.answer(SIGLIP, SCENE, candidate_labels=LABELS)
    assert alone["score"] == pytest.approx(
        next(each["score"] for each in among if each["label"] == "the fox"), abs=1e-5
    )


def test_a_template_has_its_effect_and_needs_one_place(cage: Cage) -> None:
    plain = cage.answer(CLIP, SCENE, candidate_labels=LABELS, hypothesis_template="{}")
    assert plain != cage.answer(CLIP, SCENE, candidate_labels=LABELS)
    with pytest.raises(InvalidInput, match="hypothesis_template"):
        cage.answer(CLIP, SCENE, candidate_labels=LABELS, hypothesis_template="no place")


@pytest.mark.parametrize("labels", [[], "", [" "], None, 7])
def test_labels_that_are_none_are_refused(labels: Any) -> None:
    with pytest.raises(InvalidInput, match="candidate_labels"):
        TASKS["zero-shot-image-classification"].read(
            {"inputs": {"image": SCENE, "candidate_labels": labels}}, Limits()
        )


def test_a_long_label_is_cut_and_told(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        assert len(cage.answer(CLIP, SCENE, candidate_labels=["東京", "long " * 500])) == 2
    assert said == [
        "candidate_labels is longer than the 64 tokens that this model reads; "
        "the rest was left out."
    ]


@pytest.mark.parametrize("tiny", [CLIP, SIGLIP])
def test_many_labels_are_read_a_few_at_a_time(
    cage: Cage, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = [f"{at} {'fox' * (at % 3)}" for at in range(10)]
    once = cage.answer(tiny, SCENE, candidate_labels=labels)
    monkeypatch.setattr(zero_shot, "BATCH", 3)
    few = cage.answer(tiny, SCENE, candidate_labels=labels)
    scores = {each["label"]: each["score"] for each in once}
    assert {each["label"]: each["score"] for each in few} == pytest.approx(scores, abs=1e-5)
