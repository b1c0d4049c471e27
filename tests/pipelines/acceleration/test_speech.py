"""Whisper by graphs writes what Whisper by torch writes: the real model, real speech."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.acceleration import prove
from pipelines.acceleration.decision import PLAIN, Decision, read, write
from pipelines.acceleration.ear_and_pen import PEN, SMALL_PEN
from pipelines.acceleration.questions import options, questions
from pipelines.acceleration.speech import Speech
from pipelines.tasks.automatic_speech_recognition import TASK, SpeechOptions
from tests.pipelines.acceleration.test_prove import F32, MODELS
from tests.pipelines.fakes import HARDWARE

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's of tracing
NAME = "openai/whisper-tiny.en"


class Listening:
    """Whisper by torch and by a proven way, one after the other, of the same weights."""

    def __init__(self, place: Path) -> None:
        model = MODELS.find(NAME)
        self.place, self.pipe = place, TASK.loader(model)(model, HARDWARE)
        self.model = self.pipe.pipe.model
        self.short, *_, self.long = questions(TASK, model)
        rows, params = [self.short], options(TASK)
        self.found = prove.prove(self.pipe, TASK, rows, params, HARDWARE, place, F32)
        self.steps: list[int] = []  # the rows of each step that a graph took

    def hear(self, row: Any, **said: Any) -> Any:
        return TASK.run(self.pipe, [row], SpeechOptions.model_validate(said))[0]

    def quickly(self, row: Any, **said: Any) -> Any:
        """By the graphs, as far as they go."""
        self.steps.clear()
        prove.adopt(self.pipe, HARDWARE, self.place, F32)
        try:
            return self.hear(row, **said)
        finally:
            for module in (self.model, self.model.model.encoder):
                module.__dict__.pop("forward", None)


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prove, "WORTH", 0.0)  # how fast it is here is no matter of a test
        patch.setattr(prove, "ROUNDS", 1)
        made = Listening(tmp_path_factory.mktemp("whisper"))
        step = Speech.next

        def counted(self: Speech, ids: Any, cache: Any) -> Any:
            made.steps.append(len(ids))
            return step(self, ids, cache)

        patch.setattr(Speech, "next", counted)
        yield made


def test_it_is_proven_and_keeps_what_it_needs_alone(listening: Listening) -> None:
    assert (listening.found.name, listening.found.difference) == (F32, 0.0), listening.found
    assert read(listening.place) == listening.found
    assert (listening.place / PEN).exists()
    assert not (listening.place / SMALL_PEN).exists()


@pytest.mark.parametrize(
    "said",
    [{}, {"return_timestamps": True}, {"generation_parameters": {"num_beams": 1}}],
    ids=["beams", "timestamps", "greedy"],
)
def test_the_same_text(said: dict[str, Any], listening: Listening) -> None:
    plain = listening.hear(listening.short, **said)
    assert listening.quickly(listening.short, **said) == plain
    beams = said.get("generation_parameters", {}).get("num_beams", 5)
    assert set(listening.steps) == {beams}  # torch keeps a row for each, so does the graph
    assert len(listening.steps) > 20


def test_several_windows(listening: Listening) -> None:
    found = listening.quickly(listening.long, return_timestamps=True)
    assert found == listening.hear(listening.long, return_timestamps=True)
    assert found["chunks"][-1]["timestamp"][1] > 30
    assert len(listening.steps) > 100


def test_what_the_graphs_do_not_tell_is_torchs_work(listening: Listening) -> None:
    """Words get their times from what the decoder looks at."""
    plain = listening.hear(listening.short, return_timestamps="word")
    assert listening.quickly(listening.short, return_timestamps="word") == plain
    assert not listening.steps


@pytest.mark.parametrize("good", [0, 1, 9])
def test_a_graph_that_fails_in_the_middle_gives_way(
    good: int, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, step = listening.hear(listening.short), Speech.next

    def fail(self: Speech, ids: Any, cache: Any) -> Any:
        if len(listening.steps) == good:
            raise RuntimeError("out of memory")
        return step(self, ids, cache)

    monkeypatch.setattr(Speech, "next", fail)
    before = read(listening.place)
    assert listening.quickly(listening.short) == plain
    assert len(listening.steps) == good  # never asked again
    after = read(listening.place)
    assert isinstance(after, Decision)
    assert (after.name, after.tried[0].why) == (PLAIN, "RuntimeError: out of memory")
    assert before
    write(listening.place, before)


def test_an_ear_that_fails_gives_way(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = listening.hear(listening.short)
    made = Speech.__init__

    def deaf(self: Speech, *given: Any) -> None:
        made(self, *given)
        self.ear = None

    monkeypatch.setattr(Speech, "__init__", deaf)
    assert listening.quickly(listening.short) == plain
    assert not listening.steps
