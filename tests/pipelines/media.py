"""Pictures and sound made for tests."""

import io
import struct
import zlib
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Samples = NDArray[np.float32]
LAYOUTS = {1: "mono", 2: "stereo", 4: "quad", 5: "5.0", 6: "5.1"}


def saved(image: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    """The picture as an encoded file."""
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def blank_png(width: int, hundreds: int) -> bytes:
    """A valid transparent RGBA picture of so many hundred rows, made without holding its pixels."""
    header = struct.pack(">IIBBBBB", width, 100 * hundreds, 8, 6, 0, 0, 0)
    rows, packer = bytes(100 * (1 + 4 * width)), zlib.compressobj(9, wbits=-15)
    block = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)  # may be repeated
    checksum = struct.pack(">HH", len(rows) * hundreds % 65521, 1)  # Adler-32 of zeros
    body = b"\x78\xda" + block * hundreds + b"\x03\x00" + checksum
    parts = chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tone(rate: int, seconds: float, channels: int = 1) -> Samples:
    """440 Hz at half of full scale, shape (channels, samples)."""
    time = np.arange(round(rate * seconds)) / rate
    wave = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    return np.repeat(wave[None], channels, axis=0)


def recorded(
    samples: Samples, rate: int, form: str = "wav", codec: str = "pcm_s16le", **options: str
) -> bytes:
    """Samples of shape (channels, samples) as an encoded file; `options` are FFmpeg's."""
    out = io.BytesIO()
    with av.open(out, "w", format=form, options=options) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = LAYOUTS[len(samples)]
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples), format="fltp", layout=LAYOUTS[len(samples)]
        )
        frame.sample_rate = rate
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


class Tape(io.RawIOBase):
    """What a browser's recorder writes to: forward only."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def streamed(samples: Samples, rate: int, form: str, codec: str, **options: str) -> bytes:
    """As a browser records: in frames of 20 ms to a place that cannot go back, so that no header
    learns how long it became."""
    tape, layout = Tape(), LAYOUTS[len(samples)]
    with av.open(tape, "w", format=form, options=options) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = layout
        for start in range(0, samples.shape[1], rate // 50):
            part = np.ascontiguousarray(samples[:, start : start + rate // 50])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return bytes(tape.data)


def filmed(form: str = "mp4", codec: str = "mpeg4") -> bytes:
    """A short video without sound."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as file:
        stream: Any = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        file.mux(stream.encode(None))
    return out.getvalue()
