"""Which frames of a video are looked at, and what is refused."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.loaders import watching
from pipelines.loaders.watching import sampled
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.video import Clip
from tests.pipelines.media import filmed, recorded, saved, tone
from tests.zoo import video_classification as zoo
from tests.zoo.cage import Cage
from tests.zoo.seen import film, scene

VIDEOMAE, TIMESFORMER, VIVIT = zoo.TINY
EVERY = pytest.mark.parametrize("tiny", zoo.TINY, ids=lambda tiny: tiny.architecture)
TASK = TASKS["video-classification"]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


FILM = encoded(zoo.FILM)


class Counted(Clip):
    """Remembers which frames were asked for."""

    def pick(self, wanted: Any) -> Any:
        self.__dict__["wanted"] = list(wanted)
        return super().pick(wanted)


def looked_at(count: int, every: int | None, frames: int = 10) -> tuple[list[int], list[str]]:
    clip = Counted(film(frames), 60, 10_000, 100)
    said: list[str] = []
    with heard(said.append):
        assert len(sampled(clip, count, every)) == count
    return clip.__dict__["wanted"], said


def test_the_whole_video_evenly_or_its_start_step_by_step() -> None:
    assert looked_at(4, None) == ([0, 2, 5, 7], [])
    assert looked_at(10, None) == (list(range(10)), [])
    assert looked_at(4, 1) == ([0, 1, 2, 3], [])
    assert looked_at(4, 2) == ([0, 2, 4, 7], [])  # as numpy's linspace from 0 to 7, rounded down
    assert looked_at(1, 3) == ([0], [])


def test_a_video_that_is_too_short_is_told() -> None:
    frames, said = looked_at(4, None, frames=3)
    assert frames == [0, 0, 1, 2]
    assert said == ["Frames of this video: 3, fewer than the model looks for; some are repeated."]
    assert looked_at(4, 3)[1] == []
    assert looked_at(4, 4)[1] == [
        "Frames of this video: 10, fewer than the model looks for; some are repeated."
    ]


@EVERY
def test_other_frames_get_other_scores(cage: Cage, tiny: Any) -> None:
    whole = cage.answer(tiny, FILM)
    start = cage.answer(tiny, FILM, frame_sampling_rate=1)
    first = cage.answer(tiny, encoded(film(zoo.SEEN)))
    assert whole != start
    assert start == first


def test_top_k_and_the_function(cage: Cage) -> None:
    assert len(cage.answer(VIDEOMAE, FILM, top_k=2)) == 2
    every = cage.answer(VIDEOMAE, FILM, top_k=1000)
    assert len(every) == 6
    assert sum(each["score"] for each in every) == pytest.approx(1, abs=1e-5)
    raw = cage.answer(VIDEOMAE, FILM, top_k=1000, function_to_apply="none")
    assert [each["label"] for each in raw] == [each["label"] for each in every]
    assert raw[0]["score"] > 1


@EVERY
def test_a_number_of_frames_that_the_model_cannot_see_is_refused(cage: Cage, tiny: Any) -> None:
    assert cage.answer(tiny, FILM, num_frames=zoo.SEEN) == cage.answer(tiny, FILM)
    with pytest.raises(InvalidInput, match="parameters.num_frames: this model sees 4 frames"):
        cage.answer(tiny, FILM, num_frames=7)


def test_more_frames_than_are_held_at_a_time_are_refused() -> None:
    clip = Clip(film(10), 60, 10_000, 3)
    with pytest.raises(InvalidInput, match="TAGLINE_MAX_FRAMES"):
        sampled(clip, 4, None)


CLUSTER = b"\x1f\x43\xb6\x75"  # with which the frames of a Matroska file begin


def test_a_video_without_frames(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="no frames"):
        cage.answer(VIDEOMAE, encoded(zoo.FILM[: zoo.FILM.index(CLUSTER) + 8]))


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 100,
        b"not a video",
        saved(scene()),
        recorded(tone(8_000, 0.5), 8_000),
        filmed()[:40],
    ],
    ids=["zeros", "words", "a picture", "a sound", "the head of a video"],
)
def test_what_is_no_video_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="video"):
        TASK.read({"inputs": encoded(data)}, Limits())


def test_of_a_truncated_video_what_is_there_is_looked_at(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        assert cage.answer(VIDEOMAE, encoded(zoo.FILM[: len(zoo.FILM) // 4]))
    assert "fewer than the model looks for" in said[0]


def test_a_video_larger_than_allowed_is_refused_by_its_header() -> None:
    with pytest.raises(InvalidInput, match="pixels"):
        TASK.read({"inputs": FILM}, Limits(pixels=100))


# What prepares the frames ----------------------------------------------------------------------


def test_a_processor_of_videos_alone_needs_torchvision(
    cage: Cage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With torchvision it is loaded instead: that is not tried here."""
    about = {"video_processor_type": "VJEPA2VideoProcessor"}
    (tmp_path / "video_preprocessor_config.json").write_text(json.dumps(about), encoding="utf-8")
    model = replace(cage.built(VIDEOMAE), path=tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match="torchvision"):
        watching.processor(model)


def test_a_processor_of_videos_that_equals_one_of_pictures(cage: Cage) -> None:
    assert type(cage.pipe(TIMESFORMER).frames).__name__ == "VideoMAEImageProcessorPil"
