"""Tracks: of a model's own code in every shape, and of SpeechT5."""

import base64
from typing import Any

import numpy as np
import pytest

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.loaders import converting
from pipelines.loaders.handler import Handler
from pipelines.media import Sound
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.media import recorded, tone
from tests.zoo import audio_to_audio as zoo
from tests.zoo.cage import Cage
from tests.zoo.sounds import chirp, encoded

HANDLER, SPEECHT5 = zoo.TINY
TASK = TASKS["audio-to-audio"]
SOUND = {"audio": chirp(0.1), "sampling_rate": 16_000}


def tracks(raw: Any) -> Any:
    asked = TASK.read_bytes(recorded(tone(16_000, 0.1), 16_000), {}, Limits())
    return TASK.wire(TASK.run(Handler(lambda given: raw, "a/b"), asked.inputs, asked.params))


def samples(track: Any) -> Any:
    assert track["content-type"] == "audio/flac"
    return Sound(base64.b64decode(track["blob"]), 60).original()


@pytest.mark.parametrize(
    ("raw", "labels"),
    [
        ([{"label": "voice", **SOUND}, {"label": "noise", **SOUND}], ["voice", "noise"]),
        ([SOUND, SOUND], ["track 1", "track 2"]),
        (SOUND, ["track 1"]),
        ({"label": "voice", **SOUND}, ["voice"]),
        (recorded(tone(16_000, 0.1), 16_000), ["track 1"]),
        ([{"label": "voice", "audio": tone(8_000, 0.1, 2), "sampling_rate": 8_000}], ["voice"]),
    ],
)
def test_a_handler_gives_one_sound_or_several(raw: Any, labels: list[str]) -> None:
    found = tracks(raw)
    assert [each["label"] for each in found] == labels
    for track in found:
        sound, rate = samples(track)
        assert sound.shape[1] == rate / 10


def test_what_is_a_track_already_stays_one() -> None:
    made = [{"label": "a", "content-type": "audio/wav", "blob": "UklGRg=="}]
    assert tracks(made) == made


@pytest.mark.parametrize("raw", [None, "text", [1], [{"label": "a"}], [SOUND, {}], {"audio": [0]}])
def test_a_handler_that_gives_no_tracks(raw: Any) -> None:
    with pytest.raises(ModelFailed, match="no audio-to-audio result"):
        tracks(raw)


def test_voices_differ_and_a_seed_repeats_the_draw(cage: Cage) -> None:
    sound = encoded(chirp(0.3))
    anna, bert = (cage.answer(SPEECHT5, sound, voice=v, seed=1) for v in ("anna", "bert"))
    assert anna != bert
    assert anna == cage.answer(SPEECHT5, sound, seed=1), "the first by name"
    with pytest.raises(InvalidInput, match="no voice 'carl'; it has: anna, bert"):
        cage.answer(SPEECHT5, sound, voice="carl")


def test_odd_recordings(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="too short for the model"):
        cage.answer(SPEECHT5, encoded(chirp(1)[:1]))
    assert cage.answer(SPEECHT5, encoded(np.zeros(4_000, np.float32)))
    assert len(cage.answer(HANDLER, encoded(chirp(1)[:1]))) == 2


def test_what_is_not_heard_is_told(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(converting, "LONGEST", 1)
    with heard(said.append):
        cage.answer(SPEECHT5, encoded(chirp(1.5)), seed=1)
    assert any("longer than the 1 seconds" in each for each in said)
