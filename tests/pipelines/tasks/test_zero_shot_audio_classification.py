"""Labels of the caller's own."""

import pytest

from pipelines.errors import InvalidInput, WrongShape
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.tasks import zero_shot_audio_classification as task
from tests.pipelines.media import recorded, tone
from tests.zoo import zero_shot_audio_classification as zoo
from tests.zoo.cage import Cage
from tests.zoo.sounds import chirp, encoded
from tests.zoo.zero_shot_audio_classification import RATE

(CLAP,) = zoo.TINY
TASK = TASKS["zero-shot-audio-classification"]
HALF = encoded(zoo.SOUND, RATE)


def test_labels_are_a_parameter_or_an_input(cage: Cage) -> None:
    labels = ["one", "two"]
    parameter = cage.answer(CLAP, HALF, candidate_labels=labels)
    assert parameter == cage.answer(CLAP, {"audio": HALF, "candidate_labels": labels})
    assert [parameter] * 2 == cage.answer(CLAP, [HALF, HALF], candidate_labels="one, two")
    assert {each["label"] for each in parameter} == {"one", "two"}
    assert sum(each["score"] for each in parameter) == pytest.approx(1, abs=1e-5)


def test_a_template_has_its_effect(cage: Cage) -> None:
    plain, other = (
        cage.answer(CLAP, HALF, candidate_labels=["one", "two"], hypothesis_template=template)
        for template in ("{}", "what a strange {} that is")
    )
    assert plain != other


@pytest.mark.parametrize("template", ["no place", "{} and {}", "{name}"])
def test_a_template_without_one_place_is_refused(template: str) -> None:
    body = {"inputs": HALF, "parameters": {"candidate_labels": ["a"],
                                           "hypothesis_template": template}}  # fmt: skip
    with pytest.raises(InvalidInput, match="hypothesis_template"):
        TASK.read(body, Limits())


def test_labels_in_any_script_and_of_any_length(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        found = cage.answer(CLAP, HALF, candidate_labels=["東京", "🎉", "e\u0301", "long " * 500])
    assert len(found) == 4
    assert said == [
        "candidate_labels is longer than the 49 tokens that this model reads; "
        "the rest was left out."
    ]


def test_many_labels_are_read_a_few_at_a_time(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    handle = cage.pipe(CLAP).model.text_model.register_forward_pre_hook(
        lambda _, args, named: sizes.append(len(named["input_ids"])), with_kwargs=True
    )
    labels = ["a" * (at % 7) + "bcdefghijk"[at // 7] for at in range(70)]
    few = cage.answer(CLAP, HALF, candidate_labels=labels)
    monkeypatch.setattr(task, "BATCH", 1_000)
    once = cage.answer(CLAP, HALF, candidate_labels=labels)
    handle.remove()
    assert sizes == [32, 32, 6, 70]
    scores = {each["label"]: each["score"] for each in once}
    assert {each["label"]: each["score"] for each in few} == pytest.approx(scores, rel=1e-4)


def test_a_long_recording_is_heard_from_its_start_every_time(cage: Cage) -> None:
    """The feature extractor would take a part of it at random."""
    said: list[str] = []
    with heard(said.append):
        long = [cage.answer(CLAP, encoded(chirp(3, RATE), RATE), candidate_labels=["a", "b"])
                for _ in range(3)]  # fmt: skip
    assert long[0] == long[1] == long[2]
    assert "longer than the 1 seconds" in said[0]


@pytest.mark.parametrize("count", [1, 100])
def test_a_very_short_recording(cage: Cage, count: int) -> None:
    assert cage.answer(CLAP, encoded(chirp(1, RATE)[:count], RATE), candidate_labels=["a", "b"])


def test_a_recording_may_be_the_body_and_the_labels_stand_in_the_address() -> None:
    given = {"candidate_labels": "a dog, music", "hypothesis_template": "It is {}."}
    asked = TASK.read_bytes(recorded(tone(1, 8_000), 8_000), given, Limits())
    assert asked.inputs[0].candidate_labels == ["a dog", "music"]
    assert asked.params.hypothesis_template == "It is {}."
    with pytest.raises(WrongShape, match="candidate_labels"):
        TASK.read_bytes(recorded(tone(1, 8_000), 8_000), {}, Limits())
