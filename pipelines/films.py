"""Videos that go out: pictures as the frames of a file."""

import io
import math
import sys
from collections.abc import Iterable
from contextlib import closing
from fractions import Fraction
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.kinds.shapes import Media
from pipelines.video import FPS, Clip

MIME = "video/mp4"
# x264's look ahead gives, once in a hundred times, other bytes for the same small pictures.
X264 = {"crf": "18", "x264-params": "rc-lookahead=0:sync-lookahead=0"}
PLAYED = ("h264", "av1", "vp9")  # codecs of an MP4 that every browser plays


def film(frames: Iterable[Image.Image], rate: float = FPS) -> Media:
    """An MP4 of these pictures at `rate` frames a second. Raises ModelFailed if there is none.

    Sides are cut to even numbers, which H.264 asks for.
    """
    import av

    pictures = list(frames)
    if not pictures:
        raise ModelFailed("The model made no frames.")
    width, height = (max(2, side // 2 * 2) for side in pictures[0].size)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as made:
        stream: Any = made.add_stream("libx264", rate=pace(rate), options=X264)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            shown = picture.convert("RGB").crop((0, 0, width, height))
            made.mux(stream.encode(av.VideoFrame.from_image(shown)))
        made.mux(stream.encode(None))
    return {"content": file.getvalue(), "mime": MIME}


def pace(rate: float) -> Fraction:
    """Frames a second as a fraction of small numbers, as files have it."""
    return max(Fraction(rate).limit_denominator(1001), Fraction(1, 1001))


def media(raw: Any, row: Any = None) -> Any:
    """What a model's own code gives for a video, as Media: a list of Pillow images, an object of
    such `frames` and their `fps`, or the bytes of a file. Anything else as it is.

    Raises ModelFailed for bytes of anything else.
    """
    if isinstance(raw, bytes | bytearray):
        return played(bytes(raw))
    frames, rate = raw, FPS
    if isinstance(raw, dict) and "frames" in raw:
        frames, rate = raw["frames"], raw.get("fps", FPS)
    pictures = isinstance(frames, list) and all(isinstance(x, Image.Image) for x in frames)
    return film(frames, rate) if pictures and frames else raw


def played(data: bytes) -> Media:
    """The same video in a file that browsers play."""
    clip = Clip(data, math.inf, sys.maxsize, sys.maxsize)
    try:
        with closing(clip.open()) as container:
            mp4 = "mp4" in container.format.name
            if mp4 and container.streams.video[0].codec_context.name in PLAYED:
                return {"content": data, "mime": MIME}
        return film(clip.pick(range(clip.count())), clip.rate)
    except InvalidInput as error:
        raise ModelFailed(f"The model gave bytes for a video: {error}") from error
