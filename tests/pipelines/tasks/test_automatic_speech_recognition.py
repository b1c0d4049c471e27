"""Transcripts: in which language, with which timestamps, and of long recordings piece by piece."""

from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from pipelines.errors import InvalidInput
from pipelines.kinds.outputs import transcribed_join
from pipelines.loaders import listening
from pipelines.loaders.listening import Listener, parts
from pipelines.loaders.wishes import tongue
from pipelines.media import Sound
from pipelines.models.resolve import Models
from pipelines.registry import TASKS
from pipelines.settings import Limits, Settings
from tests.conftest import LISTENER, SAMPLES, STARTERS
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.media import Samples
from tests.zoo import automatic_speech_recognition as zoo
from tests.zoo.cage import Cage
from tests.zoo.sounds import chirp, encoded
from tests.zoo.tiny import Tiny

WHISPER, WAV2VEC2, SPEECH2TEXT = zoo.TINY
TASK = TASKS["automatic-speech-recognition"]
BRIEF: dict[str, Any] = {"max_new_tokens": 12, "num_beams": 1}
TWO = encoded(chirp(2))
SENTENCE = (
    "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his "
    "power to do for them."
)


def chunks(pipe: Any, samples: Samples, **parameters: Any) -> list[Any]:
    assert TASK.stream
    asked = TASK.read({"inputs": encoded(samples), "parameters": parameters}, Limits())
    return list(TASK.stream(pipe, asked.inputs[0], asked.params))


# What is asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["de", "DE", "German", "german "])
def test_a_language_by_its_code_or_its_english_name(cage: Cage, language: str) -> None:
    named = cage.answer(WHISPER, TWO, language=language, **BRIEF)
    assert named == cage.answer(WHISPER, TWO, language="de", **BRIEF)
    assert named != cage.answer(WHISPER, TWO, language="en", **BRIEF)


def test_translating_is_no_transcribing(cage: Cage) -> None:
    written, translated = (
        cage.answer(WHISPER, TWO, language="de", task=task, **BRIEF)
        for task in ("transcribe", "translate")
    )
    assert written != translated
    assert written == cage.answer(WHISPER, TWO, language="de", **BRIEF)


@pytest.mark.parametrize(
    ("tiny", "wrong", "words"),
    [
        (WHISPER, {"language": "fr"}, r"parameters.language: .* 'fr'; it takes: de, en"),
        (WHISPER, {"language": "Klingon"}, r"parameters.language: .* 'Klingon'; it takes: de, en"),
        (WHISPER, {"task": "sing"}, "parameters.task: .* 'transcribe' or 'translate'"),
        (WHISPER, {"return_timestamps": "char"}, "return_timestamps: .* Send 'word' or true"),
        (WHISPER, {"return_timestamps": "line"}, "return_timestamps: .* 'word' or 'char'"),
        (WAV2VEC2, {"language": "en"}, "parameters.language: .* no such choice"),
        (WAV2VEC2, {"task": "translate"}, "parameters.task: .* it takes: transcribe"),
        (WAV2VEC2, {"num_beams": 2}, "parameters.generation_parameters: .* nothing to choose"),
        (SPEECH2TEXT, {"language": "de"}, "parameters.language: .* no such choice"),
        (SPEECH2TEXT, {"return_timestamps": True}, "return_timestamps: .* Leave it out"),
        (WHISPER, {"language": "\ud83d"}, "parameters.language: .*half a surrogate"),
        (SPEECH2TEXT, {"num_beams": 17}, "parameters.generation_parameters.num_beams"),
    ],
)
def test_what_a_model_cannot_do_is_refused_by_name(
    cage: Cage, tiny: Tiny, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        cage.answer(tiny, TWO, **wrong)


@pytest.mark.parametrize("when", [{}, {"return_timestamps": True}, {"language": "de"}])
def test_no_more_is_written_than_whisper_can(cage: Cage, when: dict[str, Any]) -> None:
    """Of 40 positions, 4 are what it starts with."""
    most = cage.answer(WHISPER, TWO, max_new_tokens=36, **when)
    for wish in ({"max_new_tokens": 100_000}, {"max_new_tokens": 37, "max_length": 100_000}):
        assert cage.answer(WHISPER, TWO, **wish, **when) == most


def test_no_more_is_written_than_any_other_model_can(cage: Cage) -> None:
    most = cage.answer(SPEECH2TEXT, TWO, max_new_tokens=62)
    assert cage.answer(SPEECH2TEXT, TWO, max_new_tokens=100_000) == most


@pytest.mark.parametrize("tiny", [WAV2VEC2, SPEECH2TEXT], ids=["ctc", "seq2seq"])
def test_transcribing_is_what_any_model_does(cage: Cage, tiny: Tiny) -> None:
    assert cage.answer(tiny, TWO, task="transcribe") == cage.answer(tiny, TWO)


def test_an_english_whisper_takes_english_alone() -> None:
    config = SimpleNamespace(is_multilingual=False)
    pipe = SimpleNamespace(type="seq2seq_whisper", model=SimpleNamespace(generation_config=config))
    assert tongue(pipe, "english", "transcribe") == tongue(pipe, "en", None) == {}
    with pytest.raises(InvalidInput, match="knows English alone; it takes: en"):
        tongue(pipe, "de", None)
    with pytest.raises(InvalidInput, match=r"parameters.task: .* it takes: transcribe"):
        tongue(pipe, None, "translate")


@pytest.mark.parametrize(
    ("said", "read"),
    [(True, "phrase"), ("true", "phrase"), (False, None), ("word", "word"), ("char", "char"),
     ("phrase", "phrase"), (None, None)],
)  # fmt: skip
def test_timestamps_are_asked_for_by_a_word_or_by_true(said: Any, read: Any) -> None:
    asked = TASK.read({"inputs": TWO, "parameters": {"return_timestamps": said}}, Limits())
    assert asked.params.return_timestamps == read


@pytest.mark.parametrize("when", [True, "word"])
def test_timestamps_of_whisper_are_its_pipelines_own(cage: Cage, when: Any) -> None:
    found = cage.answer(WHISPER, TWO, return_timestamps=when, language="en", **BRIEF)
    raw = {"raw": chirp(2), "sampling_rate": 16_000}
    expected = cage.pipe(WHISPER).pipe(
        raw, return_timestamps=when, generate_kwargs={"language": "en", **BRIEF}
    )
    assert found["chunks"] == expected["chunks"]
    assert found["text"] == expected["text"].strip()


@pytest.mark.parametrize("tiny", zoo.TINY, ids=["whisper", "ctc", "seq2seq"])
def test_odd_recordings(cage: Cage, tiny: Tiny) -> None:
    for samples in (np.zeros(16_000, np.float32), np.sign(chirp(1)), chirp(1)[:8_000]):
        assert "text" in cage.answer(tiny, encoded(samples))
    if tiny is WHISPER:
        assert "text" in cage.answer(tiny, encoded(chirp(1)[:2]))
    else:
        with pytest.raises(InvalidInput, match="too short for the model"):
            cage.answer(tiny, encoded(chirp(1)[:2]))


# Piece by piece ----------------------------------------------------------------------------------


@pytest.mark.parametrize("tiny", zoo.TINY, ids=["whisper", "ctc", "seq2seq"])
def test_a_short_recording_is_one_piece_and_an_end(cage: Cage, tiny: Tiny) -> None:
    found = chunks(cage.pipe(tiny), chirp(2))
    assert len(found) == 2
    assert found[-1] == {"text": "", "transcript": {"text": found[0]["text"]}}


def test_what_is_heard_later_may_change_what_was_shown() -> None:
    """The stream keeps what it has said, and the answer is what the model said last."""
    said = [{"text": "one"}, {"text": "one tow"}, {"text": "one two three"}]
    pipe = SimpleNamespace(hear=lambda sound, asked: (each for each in said))
    asked = TASK.read({"inputs": TWO}, Limits())
    assert TASK.stream
    found = list(TASK.stream(pipe, asked.inputs[0], asked.params))
    assert [each["text"] for each in found] == ["one", " tow", ""]
    assert transcribed_join(found) == {"text": "one two three"}


@pytest.mark.parametrize("when", [None, "word", "char"])
def test_a_long_recording_of_a_ctc_model(cage: Cage, when: Any) -> None:
    long = np.tile(chirp(7, 8_000), 10)
    body = {"inputs": encoded(long, 8_000), "parameters": {"return_timestamps": when}}
    asked = TASK.read(body, Limits())
    assert TASK.stream
    found = list(TASK.stream(cage.pipe(WAV2VEC2), asked.inputs[0], asked.params))
    pipe = cage.pipe(WAV2VEC2).pipe
    more = {"return_timestamps": when} if when else {}
    raw = {"raw": long, "sampling_rate": 8_000}
    expected = pipe(raw, chunk_length_s=30, stride_length_s=5, **more)
    assert len(found) > 3
    assert "".join(each["text"] for each in found) == expected["text"].strip()
    whole: Any = transcribed_join(found)
    assert whole.get("chunks") == expected.get("chunks")
    if when:
        ends = [time for chunk in whole["chunks"] for time in chunk["timestamp"]]
        assert ends == sorted(ends)
        assert 68 < ends[-1] <= 70


def test_the_overlap_of_a_model_that_does_not_tell_its_frames() -> None:
    """Its output has a frame for every 20 ms of sound at 16 kHz."""
    config = SimpleNamespace()
    pipe = SimpleNamespace(
        _align_to=1,
        feature_extractor=SimpleNamespace(sampling_rate=16_000),
        model=SimpleNamespace(config=config),
        preprocess=lambda samples: [{"n": len(samples)}],
        forward=lambda window: {"tokens": torch.zeros(1, (window["n"] - 400) // 320 + 1)},
    )
    Listener(pipe).measure()
    assert config.inputs_to_logits_ratio == 320


def test_a_long_recording_of_any_other_model(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "WINDOW", 2)
    monkeypatch.setattr(listening, "QUIET", 1)
    pause = np.zeros(4_800, np.float32)
    long = np.concatenate([chirp(1.2), pause, chirp(1.3), pause, chirp(0.9)])
    found = chunks(cage.pipe(SPEECH2TEXT), long, **BRIEF)
    alone = [
        "".join(each["text"] for each in chunks(cage.pipe(SPEECH2TEXT), part, **BRIEF))
        for _, part in parts(long, 16_000)
    ]
    assert len(alone) == 3
    assert all(alone)
    assert "".join(each["text"] for each in found) == " ".join(alone)


def test_parts_end_where_it_is_quiet_and_lose_nothing() -> None:
    rate = 100
    samples = np.ones(100 * rate, np.float32)
    for second in (25, 47, 77):
        samples[second * rate : (second + 1) * rate] = 0
    found = list(parts(samples, rate))
    assert [start for start, _ in found] == [0, *accumulate(len(p) for _, p in found[:-1])]
    assert [round(start / rate) for start, _ in found] == [0, 25, 47, 77]
    assert np.concatenate([part for _, part in found]).tolist() == samples.tolist()
    assert all(len(part) <= 30 * rate for _, part in found)


def test_a_reader_who_goes_away_stops_the_model(cage: Cage) -> None:
    pipe, before = cage.pipe(WHISPER), cage.answer(WHISPER, TWO, **BRIEF)
    assert TASK.stream
    long = encoded(np.tile(chirp(2), 40))
    asked = TASK.read({"inputs": long, "parameters": BRIEF}, Limits())
    windows: list[Any] = []
    encoder = pipe.pipe.model.model.encoder
    handle = encoder.register_forward_hook(lambda *_: windows.append(1))
    made: Any = TASK.stream(pipe, asked.inputs[0], asked.params)
    next(made)
    made.close()
    stopped = len(windows)
    list(TASK.stream(pipe, asked.inputs[0], asked.params))
    handle.remove()
    assert stopped < len(windows) - stopped
    assert "_retrieve_segment" not in vars(pipe.pipe.model)
    assert cage.answer(WHISPER, TWO, **BRIEF) == before


def test_more_than_a_minute_of_real_speech() -> None:
    """Seven times the sentence with pauses between, in windows of 30 s that cut through it."""
    settings = Settings(host="127.0.0.1", starters_dir=STARTERS, models_dir=(), offline=True)
    model = Models(settings, STARTERS / "no cache").find(LISTENER)
    once = Sound((SAMPLES / "speech.flac").read_bytes(), 60).decode(16_000)
    long = np.tile(np.concatenate([once, np.zeros(48_000, np.float32)]), 7)[:-48_000]
    assert len(long) / 16_000 > 60
    found = chunks(TASK.loader(model)(model, HARDWARE), long, num_beams=1)
    assert " ".join([SENTENCE] * 7) == "".join(each["text"] for each in found)
    assert len([each for each in found if each["text"]]) > 2


def test_nothing_is_read_into_silence(cage: Cage) -> None:
    """Whisper writes words that nobody said where all is silent."""
    silent = encoded(np.zeros(48_000, np.float32))
    for tiny in zoo.TINY:
        assert cage.answer(tiny, silent) == {"text": ""}
    timed = cage.answer(WHISPER, silent, return_timestamps=True)
    assert timed == {"text": "", "chunks": []}
