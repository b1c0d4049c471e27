"""Pictures and sound: what their headers say, and how they are decoded.

The server only reads headers (`check`); decoding (`decode`) happens where the model runs, and
stops at the same limits, since a header may lie or say nothing. Where a process has one model and
nothing else (`bounded`), decoding may not take much more memory than the limits explain either: a
decoder that goes astray then raises, instead of taking the machine's memory.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from pipelines.errors import InvalidInput
from pipelines.notices import tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
AUDIO_FORMATS = "wav, flac, mp3, ogg, m4a, aac or webm"
# FFmpeg knows playlists too, which name other files and hosts to read from: only these go.
DEMUXERS = {"format_whitelist": "wav,flac,mp3,ogg,mov,aac,matroska"}
RATES = (1_000, 768_000)  # Hz
SPARE = 512_000_000  # bytes of address space for the decoders themselves
PIXEL = 20  # bytes: a few copies in four channels
SAMPLE = 12  # bytes: float32, a copy, and their sum


@dataclass(frozen=True)
class Picture:
    """An encoded picture of at most `pixels` pixels."""

    data: bytes
    pixels: int
    bounded: bool = False

    def check(self) -> None:
        """Raises InvalidInput unless the header is that of a picture within the limit."""
        self.open().close()

    def open(self) -> Image.Image:
        """The picture with only its header read."""
        try:
            image = Image.open(io.BytesIO(self.data), formats=IMAGE_FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise InvalidInput(
                f"This picture is too large: at most {self.pixels:,} pixels are allowed."
            ) from None
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise InvalidInput(
                "This is not a picture that can be read. Send a PNG, JPEG, WebP, GIF, BMP or TIFF."
            ) from error
        width, height = image.size
        if width * height > self.pixels:
            raise InvalidInput(
                f"This picture has {width:,} x {height:,} = {width * height:,} pixels, but at most "
                f"{self.pixels:,} are allowed. Send a smaller one, or raise TAGLINE_MAX_PIXELS."
            )
        return image

    def decode(self) -> Image.Image:
        """The picture as RGB, upright by its EXIF tag, transparency laid on white."""
        with address_space(self.pixels * PIXEL if self.bounded else None):
            return self.upright(flatten)

    def where(self) -> Image.Image:
        """The picture as a mask, in grey: white is what it means. One that has transparent parts
        means those, as OpenAI's masks do."""
        with address_space(self.pixels * PIXEL if self.bounded else None):
            return self.upright(meant)

    def upright(self, finish: Callable[[Image.Image], Image.Image]) -> Image.Image:
        image = self.open()
        try:
            image.load()
            return finish(ImageOps.exif_transpose(image))
        except MemoryError:
            raise
        except Exception as error:  # Pillow raises about anything on a damaged file
            raise InvalidInput(
                f"This picture is damaged ({error}). Save it again and retry."
            ) from error


def flatten(image: Image.Image) -> Image.Image:
    """RGB without transparency; what lies under transparent pixels is noise to a model."""
    if image.mode.startswith(("I", "F")):
        image = grey(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    page = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")


def meant(image: Image.Image) -> Image.Image:
    """What a mask means, in grey."""
    if image.has_transparency_data:
        clear = ImageOps.invert(image.convert("RGBA").getchannel("A"))
        if clear.getextrema() != (0, 0):
            return clear
    return flatten(image).convert("L")


def grey(image: Image.Image) -> Image.Image:
    """Numbers of 16 or 32 bits as 8, which Pillow itself would clip to white. Those of 32 bits have
    no white of their own: their least becomes black, their greatest white."""
    import numpy as np

    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    values = np.nan_to_num(values.astype(np.float64))
    low, high = float(values.min()), float(values.max())
    tell(f"This picture holds numbers, not colours: {low:g} was read as black, {high:g} as white.")
    return Image.fromarray(((values - low) / ((high - low) or 1) * 255).round().astype(np.uint8))


@dataclass(frozen=True)
class Sound:
    """Encoded sound of at most `seconds` seconds."""

    data: bytes
    seconds: float
    bounded: bool = False

    def check(self) -> None:
        """Raises InvalidInput unless the header is that of sound within the limit."""
        self.open().close()

    def open(self) -> Any:
        """A container whose header is read, holding sound."""
        import av

        try:
            container = av.open(io.BytesIO(self.data), options=DEMUXERS)
        except (av.FFmpegError, ValueError, EOFError) as error:
            raise InvalidInput(
                f"This is not sound that can be read. Send a {AUDIO_FORMATS} file."
            ) from error
        length = (container.duration or 0) / av.time_base
        if is_sound(container.streams.audio) and length <= self.seconds:
            return container
        container.close()
        if length > self.seconds:
            raise self.too_long(f"is {length:,.0f} s long")
        raise InvalidInput(f"This file holds no sound. Send a {AUDIO_FORMATS} file.")

    def decode(self, rate: int) -> "NDArray[np.float32]":
        """Mono float32 samples at `rate` Hz, full scale 1, shape (samples,)."""
        with address_space(int(self.seconds * rate * SAMPLE) if self.bounded else None):
            return self.samples(rate)

    def samples(self, rate: int) -> "NDArray[np.float32]":
        import av
        import numpy as np

        parts: list[NDArray[np.float32]] = []
        with closing(self.open()) as container:
            try:
                for part in self.parts(container, rate):
                    parts.append(part)
            except (av.FFmpegError, ValueError) as error:
                raise damaged(parts, rate) from error
        found = np.concatenate(parts) if sum(map(len, parts)) else self.crumb(rate)
        if not np.isfinite(found).all():  # files of floating-point numbers hold any bits
            raise InvalidInput(
                "This sound holds samples that are no numbers. Save it again and retry."
            )
        return found

    def crumb(self, rate: int) -> "NDArray[np.float32]":
        """A few samples, which a resampler keeps for itself, as their mean at `rate` Hz."""
        import numpy as np

        sound, own = self.original()
        return np.full(max(1, round(sound.shape[1] * rate / own)), sound.mean(), np.float32)

    def original(self) -> "tuple[NDArray[np.float32], int]":
        """All channels, shape (channels, samples), and their rate in Hz."""
        import av
        import numpy as np

        parts: list[NDArray[np.float32]] = []
        with closing(self.open()) as container:
            rate = int(container.streams.audio[0].rate)
            resampler = av.AudioResampler(format="fltp", rate=rate)
            try:
                for frame in chain(container.decode(audio=0), [None]):
                    parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
            except (av.FFmpegError, ValueError) as error:
                raise damaged([part[0] for part in parts], rate) from error
        if not parts:
            raise InvalidInput(
                "This sound is empty, or damaged at its start. Record it again and retry."
            )
        return np.concatenate(parts, axis=1), rate

    @property
    def length(self) -> float:
        """Seconds, as the header has it; 0 where it does not say."""
        import av

        with closing(self.open()) as container:
            return float((container.duration or 0) / av.time_base)

    @property
    def rate(self) -> int:
        """Its own rate in Hz."""
        with closing(self.open()) as container:
            return int(container.streams.audio[0].rate)

    def parts(self, container: Any, rate: int) -> "Iterator[NDArray[np.float32]]":
        """Resampled pieces, stopping at the limit where the header lied or said nothing."""
        import av

        resampler = av.AudioResampler(format="flt", rate=rate)
        room = int(self.seconds * rate)
        for frame in chain(container.decode(audio=0), [None]):
            for piece in resampler.resample(frame):
                room -= piece.samples
                if room < 0:
                    raise self.too_long(f"is longer than {self.seconds:,.0f} s")
                # Not FFmpeg's own mix to mono, which is louder the more channels there are.
                yield piece.to_ndarray().reshape(piece.samples, -1).mean(axis=1)

    def too_long(self, what: str) -> InvalidInput:
        return InvalidInput(
            f"This sound {what}, but at most {self.seconds:,.0f} s are allowed. "
            "Cut it, or raise TAGLINE_MAX_SECONDS."
        )


@contextmanager
def address_space(more: int | None) -> Iterator[None]:
    """Lets this process map `more` bytes, and some to spare, while the work inside goes on.

    None is no limit. Raises InvalidInput where the work asks for more.
    """
    if more is None:
        yield
        return
    import resource

    import psutil

    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = psutil.Process().memory_info().vms + more + SPARE
    limits = [each for each in (before, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([most, *limits]), hard))
    try:
        yield
    except MemoryError as error:
        raise InvalidInput(
            "This file takes far more memory to open than its size and kind explain. Save it "
            "again with another program and retry."
        ) from error
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def is_sound(streams: Any) -> bool:
    """Whether the first stream can be decoded. PyAV crashes the process on one without a decoder,
    and a resampler takes memory by the gigabyte for a rate that no recorder has."""
    first = streams[0] if streams else None
    return bool(first and first.codec_context and RATES[0] <= first.rate <= RATES[1])


def damaged(parts: "list[NDArray[np.float32]]", rate: int) -> InvalidInput:
    whole = sum(map(len, parts)) / rate
    return InvalidInput(f"This sound is damaged after {whole:.1f} s. Save it again and retry.")
