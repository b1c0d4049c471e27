"""Segments of speech: of a model's own code, and of one that labels frames."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.loaders import frames
from pipelines.loaders.frames import SpeechOptions, spans
from pipelines.loaders.handler import Handler
from pipelines.model import Model
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.zoo import voice_activity_detection as zoo
from tests.zoo.cage import Cage
from tests.zoo.sounds import chirp, encoded

HANDLER, WAV2VEC2 = zoo.TINY
TASK = TASKS["voice-activity-detection"]


def found(spoken: str, seconds: float = 1, **given: Any) -> list[tuple[float, float]]:
    """Spans of frames written as `-` and `#`."""
    options = {"min_speech_duration_ms": 0, "min_silence_duration_ms": 0, "speech_pad_ms": 0}
    marks = np.array([letter == "#" for letter in spoken])
    return spans(marks, seconds, SpeechOptions.model_validate(options | given))


def test_frames_become_seconds() -> None:
    assert found("----------") == []
    assert found("##########") == [(0, 1)]
    assert found("--###---##") == [(0.2, 0.5), (0.8, 1)]
    assert found("--###---##", 20) == [(4, 10), (16, 20)]


def test_short_pauses_are_bridged_before_short_speech_is_left_out() -> None:
    assert found("#-#-#-----", min_silence_duration_ms=150) == [(0, 0.5)]
    assert found("#-#-#-----", min_silence_duration_ms=100) == [(0, 0.1), (0.2, 0.3), (0.4, 0.5)]
    assert found("#--####---", min_speech_duration_ms=200) == [(0.3, 0.7)]
    both = {"min_silence_duration_ms": 150, "min_speech_duration_ms": 300}
    assert found("#-#-----#-", **both) == [(0, 0.3)]


def test_padding_stays_within_the_recording_and_apart() -> None:
    assert found("--#---#---", speech_pad_ms=50) == [(0.15, 0.35), (0.55, 0.75)]
    assert found("#--#-----#", speech_pad_ms=1_000) == [(0, 0.2), (0.2, 0.65), (0.65, 1)]


def test_a_handler_gets_what_was_chosen_and_nothing_else(cage: Cage) -> None:
    calls: list[Any] = []

    def call(given: Any) -> Any:
        calls.append(given["parameters"])
        return []

    for parameters in ({}, {"threshold": 0.7, "speech_pad_ms": 10}):
        body = {"inputs": encoded(chirp(1)), "parameters": parameters}
        asked = TASK.read(body, Limits())
        (answer,) = TASK.run(Handler(call, "a/b"), asked.inputs, asked.params)
        assert (answer["segments"], answer["duration"]) == ([], 1.0)
        assert len(answer["waveform"]) == 300
        assert max(answer["waveform"]) == pytest.approx(0.5, abs=0.02)
    assert calls == [{}, {"threshold": 0.7, "speech_pad_ms": 10}]


@pytest.mark.parametrize("raw", [None, "text", [1.0], [{"start": "x"}], [{"start": 1.0}]])
def test_a_handler_that_gives_no_segments(raw: Any) -> None:
    asked = TASK.read({"inputs": encoded(chirp(0.1))}, Limits())
    with pytest.raises(ModelFailed, match="no voice-activity-detection result"):
        TASK.run(Handler(lambda given: raw, "a/b"), asked.inputs, asked.params)


def test_a_handler_may_name_its_segments_or_give_the_whole() -> None:
    asked = TASK.read({"inputs": encoded(chirp(0.1))}, Limits())
    segment = {"label": "music", "start": 0.0, "end": 0.1}
    whole = {"segments": [segment], "duration": 9.0, "waveform": [0.5]}
    pipes = [Handler(lambda given: [segment], "a/b"), Handler(lambda given: whole, "a/b")]
    one, other = (TASK.run(pipe, asked.inputs, asked.params)[0] for pipe in pipes)
    assert one["segments"] == [segment]
    assert other == whole


def test_a_higher_threshold_finds_less(cage: Cage) -> None:
    def seconds(threshold: float) -> float:
        answer = cage.answer(WAV2VEC2, encoded(zoo.SOUND), **zoo.NOTHING, threshold=threshold)
        return float(sum(each["end"] - each["start"] for each in answer["segments"]))

    assert seconds(0.01) > seconds(0.5) > seconds(0.99)


@pytest.mark.parametrize("tiny", zoo.TINY, ids=["handler", "wav2vec2"])
def test_silence(cage: Cage, tiny: Any) -> None:
    answer = cage.answer(tiny, encoded(np.zeros(16_000, np.float32)))
    assert answer["duration"] == 1.0
    assert set(answer["waveform"]) == {0.0}


def test_very_short_recordings(cage: Cage) -> None:
    assert cage.answer(HANDLER, encoded(chirp(1)[:1]))["segments"] == []
    with pytest.raises(InvalidInput, match="too short for the model"):
        cage.answer(WAV2VEC2, encoded(chirp(1)[:1]))


def test_what_is_not_heard_is_told(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LONGEST", 1)
    said: list[str] = []
    with heard(said.append):
        answer = cage.answer(WAV2VEC2, encoded(chirp(2)))
    assert "longer than the 1 seconds" in said[0]
    assert answer["duration"] == 2.0
    assert all(each["end"] <= 1 for each in answer["segments"])


@pytest.mark.parametrize("name", ["threshold", "min_speech_duration_ms", "speech_pad_ms"])
def test_what_is_out_of_bounds_is_refused_by_name(cage: Cage, name: str) -> None:
    with pytest.raises(InvalidInput, match=f"parameters.{name}"):
        cage.answer(HANDLER, encoded(chirp(0.1)), **{name: -1})


def test_what_other_libraries_have_is_not_taken() -> None:
    pyannote = Model("a/b", Path(), "", "voice-activity-detection", "pyannote-audio")
    assert not TASK.accepts(pyannote)
