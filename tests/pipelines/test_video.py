"""Videos: what is refused by the header, and which frames are taken."""

import io
from typing import Any

import av
import pytest
from PIL import Image

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.films import film
from pipelines.video import Clip
from tests.pipelines.media import filmed, recorded, saved, tone

COLOURS = [(0, 0, 0), (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 250)]


def clip(data: bytes, seconds: float = 60, pixels: int = 10_000, frames: int = 8) -> Clip:
    return Clip(data, seconds, pixels, frames)


def colours(form: str = "mp4", codec: str = "libx264") -> bytes:
    """Five frames, each of one colour, ten a second."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as file:
        stream: Any = file.add_stream(codec, rate=10)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        for colour in COLOURS:
            picture = av.VideoFrame.from_image(Image.new("RGB", (64, 48), colour))
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    return out.getvalue()


def near(image: Image.Image) -> int:
    """Which of the colours it has."""
    r, g, b = image.getpixel((30, 20))  # type: ignore[misc]
    apart = [abs(r - x) + abs(g - y) + abs(b - z) for x, y, z in COLOURS]
    return apart.index(min(apart))


FORMS = [("mp4", "libx264"), ("mov", "mpeg4"), ("matroska", "libx264"), ("webm", "libvpx"),
         ("avi", "mpeg4"), ("gif", "gif")]  # fmt: skip


@pytest.mark.parametrize(("form", "codec"), FORMS)
def test_frames_are_those_that_were_asked_for(form: str, codec: str) -> None:
    video = clip(colours(form, codec))
    video.check()
    assert video.count() == 5
    assert video.rate == pytest.approx(10, rel=0.01)
    assert [near(each) for each in video.pick([3, 0, 3, 9])] == [3, 0, 3, 4]
    assert [near(each) for each in video.spread(3)] == [0, 2, 4]
    assert [near(each) for each in video.spread(1)] == [0]
    assert len(video.spread(7)) == 7


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"no video", "not a video"),
        (b"", "not a video"),
        (saved(Image.new("RGB", (4, 4))), "not a video"),
        (recorded(tone(8_000, 0.1), 8_000, "mp4", "aac"), "holds no video"),
    ],
)
def test_what_is_no_video_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        clip(data).check()


def test_what_is_too_large_or_too_long_is_refused_by_its_header() -> None:
    with pytest.raises(InvalidInput, match="TAGLINE_MAX_PIXELS"):
        clip(filmed(), pixels=3_000).check()
    with pytest.raises(InvalidInput, match="TAGLINE_MAX_SECONDS"):
        clip(colours(), seconds=0.3).check()


def test_more_frames_than_are_allowed_are_refused() -> None:
    with pytest.raises(InvalidInput, match="TAGLINE_MAX_FRAMES"):
        clip(colours(), frames=2).pick([0, 1, 2])


def test_frames_that_are_too_large_together_are_refused() -> None:
    small = clip(colours(), pixels=64 * 48 // 2)
    with pytest.raises(InvalidInput, match="TAGLINE_MAX_PIXELS"):
        small.pick([0])
    many = [at % 5 for at in range(30)]
    assert len(clip(colours(), pixels=64 * 48, frames=30).pick(many)) == 30  # five are held


def test_a_truncated_video_gives_the_frames_that_it_has() -> None:
    whole = colours("matroska", "mpeg4")
    assert near(clip(whole[: len(whole) * 2 // 3]).pick([0])[0]) == 0
    with pytest.raises(InvalidInput, match="not a video|no frames|damaged"):
        clip(whole[: len(whole) // 8]).pick([0])


def test_frames_become_a_video() -> None:
    made = film((Image.new("RGB", (65, 49), colour) for colour in COLOURS), rate=5)
    assert made["mime"] == "video/mp4"
    found = clip(made["content"])
    assert (found.count(), found.rate) == (5, 5)
    assert [near(each) for each in found.pick([1, 4])] == [1, 4]
    assert found.pick([0])[0].size == (64, 48)
    with pytest.raises(ModelFailed, match="no frames"):
        film([])


def test_many_large_frames_are_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.video.TOGETHER", 2)
    with pytest.raises(InvalidInput, match="too much to hold at once"):
        clip(colours(), pixels=64 * 48).pick([0, 1, 2])
    assert len(clip(colours(), pixels=64 * 48).pick([0, 1])) == 2
