"""Things that the caller names."""

import pytest

from pipelines.errors import InvalidInput
from pipelines.notices import heard
from tests.zoo import zero_shot_object_detection as zoo
from tests.zoo.cage import Cage
from tests.zoo.sights import INPUT
from tests.zoo.tiny import Tiny
from tests.zoo.zero_shot_object_detection import LABELS

OWL, DINO = zoo.TINY
LOW = {"threshold": 0.0}


@pytest.mark.parametrize("tiny", zoo.TINY, ids=lambda tiny: tiny.architecture)
def test_labels_are_a_parameter_or_an_input(cage: Cage, tiny: Tiny) -> None:
    parameter = cage.answer(tiny, INPUT, candidate_labels=LABELS, **LOW)
    assert parameter == cage.answer(tiny, {"image": INPUT, "candidate_labels": LABELS}, **LOW)
    assert parameter == cage.answer(tiny, INPUT, candidate_labels=", ".join(LABELS), **LOW)
    assert parameter
    assert {each["label"] for each in parameter} <= set(LABELS)
    assert cage.answer(tiny, INPUT, candidate_labels=LABELS, threshold=1) == []


def test_other_labels_are_other_questions(cage: Cage) -> None:
    for tiny in zoo.TINY:
        one, two = (cage.answer(tiny, INPUT, candidate_labels=[word], **LOW)
                    for word in ("fox", "straße"))  # fmt: skip
        assert [each["score"] for each in one] != [each["score"] for each in two]


def test_labels_keep_the_callers_own_writing(cage: Cage) -> None:
    found = cage.answer(DINO, INPUT, candidate_labels=["The FOX."], **LOW)
    assert {each["label"] for each in found} == {"The FOX."}
    plain = cage.answer(DINO, INPUT, candidate_labels=["the fox"], **LOW)
    assert [each["box"] for each in found] == [each["box"] for each in plain]


def test_labels_in_any_script_and_of_any_length(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        assert cage.answer(OWL, INPUT, candidate_labels=["東京", "🎉", "long " * 99], **LOW)
    assert said == [
        "candidate_labels is longer than the 16 tokens that this model reads; "
        "the rest was left out."
    ]


def test_a_caption_has_an_end(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match=r"together they have [\d,]+ tokens"):
        cage.answer(DINO, INPUT, candidate_labels=[f"the fox {at}" for at in range(30)], **LOW)


@pytest.mark.parametrize("labels", [[], "", [" "], None])
def test_labels_are_needed(cage: Cage, labels: object) -> None:
    with pytest.raises(InvalidInput, match="candidate_labels"):
        cage.answer(OWL, {"image": INPUT, "candidate_labels": labels})
