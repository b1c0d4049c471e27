"""Videos: what their headers say, and their frames as pictures."""

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.media import DEMUXERS, PIXEL, address_space

VIDEO_FORMATS = "mp4, mov, webm, mkv, avi or gif"
CONTAINERS = {**DEMUXERS, "format_whitelist": "mov,matroska,avi,gif"}
TOGETHER = 10  # times the pixels of one frame that all frames held may have
FPS = 8  # frames a second of a video that does not say


@dataclass(frozen=True)
class Clip:
    """An encoded video of at most `seconds` seconds, each frame of at most `pixels` pixels, of
    which at most `frames` are held at a time."""

    data: bytes
    seconds: float
    pixels: int
    frames: int
    bounded: bool = False

    def check(self) -> None:
        """Raises InvalidInput unless the header is that of a video within the limits."""
        self.open().close()

    def open(self) -> Any:
        """A container whose header is read, holding a video."""
        import av

        try:
            container = av.open(io.BytesIO(self.data), options=CONTAINERS)
        except (av.FFmpegError, ValueError, EOFError) as error:
            raise InvalidInput(
                f"This is not a video that can be read. Send a {VIDEO_FORMATS} file."
            ) from error
        if problem := self.problem(container):
            container.close()
            raise InvalidInput(problem)
        return container

    def problem(self, container: Any) -> str | None:
        """What keeps a container from being used. PyAV crashes on a stream without a decoder."""
        import av

        stream = next(iter(container.streams.video), None)
        if stream is None or not stream.codec_context or not stream.width or not stream.height:
            return f"This file holds no video. Send a {VIDEO_FORMATS} file."
        if (pixels := stream.width * stream.height) > self.pixels:
            return (
                f"This video has {stream.width:,} x {stream.height:,} = {pixels:,} pixels, but "
                f"at most {self.pixels:,} are allowed. Send a smaller one, or raise "
                "TAGLINE_MAX_PIXELS."
            )
        length = (container.duration or 0) / av.time_base
        if length > self.seconds:
            return (
                f"This video is {length:,.0f} s long, but at most {self.seconds:,.0f} s are "
                "allowed. Cut it, or raise TAGLINE_MAX_SECONDS."
            )
        return None

    @property
    def rate(self) -> float:
        """Frames a second, as the header has it."""
        with closing(self.open()) as container:
            return float(container.streams.video[0].average_rate or FPS)

    def count(self) -> int:
        """How many frames there are, from the packets: nothing is decoded."""
        import av

        with closing(self.open()) as container:
            try:
                return sum(1 for packet in container.demux(video=0) if packet.size)
            except (av.FFmpegError, ValueError) as error:
                raise InvalidInput(
                    f"This video is damaged ({error}). Save it again and retry."
                ) from error

    def pick(self, wanted: Sequence[int]) -> list[Image.Image]:
        """The frames of these numbers, which count from 0, as RGB pictures, one for each number in
        its order; a number beyond the last frame stands for the last one.

        Raises InvalidInput for a video without frames, a damaged one, or too many numbers.
        """
        numbers = set(wanted)
        if len(numbers) > self.frames:
            raise InvalidInput(
                f"{len(numbers):,} frames are wanted, but at most {self.frames:,} are allowed. "
                "Ask for fewer, or raise TAGLINE_MAX_FRAMES."
            )
        with address_space(self.room * PIXEL if self.bounded else None):
            found, last = self.decoded(numbers)
        return [found.get(number, last) for number in wanted]

    @property
    def room(self) -> int:
        """How many pixels the frames that are held may have together."""
        return TOGETHER * self.pixels

    def decoded(self, wanted: set[int]) -> tuple[dict[int, Image.Image], Image.Image]:
        """Those of the wanted frames that there are, and the last one that was decoded."""
        import av

        found: dict[int, Image.Image] = {}
        frame, room = None, self.room
        try:
            with closing(self.open()) as container:
                for number, frame in enumerate(container.decode(video=0)):
                    self.check_frame(frame)
                    if number in wanted:
                        room -= frame.width * frame.height
                        if room < 0:
                            raise self.too_much(len(wanted), frame)
                        found[number] = frame.to_image()
                    if len(found) == len(wanted):
                        break
                if frame is None:
                    raise InvalidInput("This video has no frames. Record it again and retry.")
                return found, frame.to_image()
        except (av.FFmpegError, ValueError) as error:
            raise InvalidInput(
                f"This video is damaged ({error}). Save it again and retry."
            ) from error

    def too_much(self, count: int, frame: Any) -> InvalidInput:
        return InvalidInput(
            f"{count:,} frames of {frame.width:,} x {frame.height:,} are too much to hold at once: "
            f"at most {self.room:,} pixels together are allowed. Ask for fewer frames, send a "
            "smaller video, or raise TAGLINE_MAX_PIXELS."
        )

    def check_frame(self, frame: Any) -> None:
        """A frame need not have the size that the header says, nor a time within the limit."""
        if frame.width * frame.height > self.pixels or (frame.time or 0) > self.seconds:
            raise InvalidInput(
                "This video is larger or longer than its header says, and than is allowed here. "
                "Save it again and retry."
            )

    def spread(self, count: int) -> list[Image.Image]:
        """`count` frames, evenly from the first to the last."""
        last = max(self.count() - 1, 0)
        step = last / max(count - 1, 1)
        return self.pick([round(at * step) for at in range(count)])
