"""Sound that goes out: samples to a file, and one file's format to another's.

PyAV carries FFmpeg's encoders, and reads what comes in already: no second library of codecs.
"""

import io
import math
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.kinds.shapes import Media
from pipelines.media import Sound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLAC = "audio/flac"
# MIME type: container and codec, as FFmpeg names them
FORMATS = {
    FLAC: ("flac", "flac"),
    "audio/wav": ("wav", "pcm_s16le"),
    "audio/mpeg": ("mp3", "libmp3lame"),
    "audio/ogg": ("ogg", "libopus"),
    "audio/webm": ("webm", "libopus"),
    "audio/mp4": ("ipod", "aac"),
    "audio/aac": ("adts", "aac"),
}
# Hz that these codecs take; every other one takes any
RATES = {
    "libopus": (8_000, 12_000, 16_000, 24_000, 48_000),
    "libmp3lame": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    "aac": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000),
}
LAYOUTS = {1: "mono", 2: "stereo"}
LARGEST = 32_767 / 32_768  # of 16 bits


def encode(samples: Any, rate: int, mime: str = FLAC) -> Media:
    """A file of `samples`: floats of full scale 1 at `rate` Hz, shape (samples,) or (channels,
    samples). What is beyond full scale is clipped, more than two channels become their mean.

    The rate is kept where the codec takes it, else the next higher one it takes. Raises ModelFailed
    if there is no sample at all.
    """
    import av
    import numpy as np

    sound = np.atleast_2d(np.asarray(samples, dtype=np.float32))
    if not sound.size:
        raise ModelFailed("The model made no sound.")
    if len(sound) not in LAYOUTS:
        sound = sound.mean(axis=0, keepdims=True)
    sound = np.clip(np.nan_to_num(sound), -1, LARGEST)
    container, codec = FORMATS[mime]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as made:
        stream: Any = made.add_stream(codec, rate=nearest(codec, rate), layout=LAYOUTS[len(sound)])
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound), format="fltp", layout=LAYOUTS[len(sound)]
        )
        frame.sample_rate = rate
        for each in (frame, None):
            made.mux(stream.encode(each))
    return {"content": file.getvalue(), "mime": mime}


def media(raw: Any, row: Any = None) -> Any:
    """What a model's own code gives for sound, as Media: `{"audio": ..., "sampling_rate": ...}`,
    or the bytes of a file. Anything else as it is. Raises ModelFailed for bytes of anything else.
    """
    if isinstance(raw, bytes | bytearray):
        try:
            return encode(*Sound(bytes(raw), math.inf).original())
        except InvalidInput as error:
            raise ModelFailed(f"The model gave bytes for sound: {error}") from error
    if isinstance(raw, dict) and {"audio", "sampling_rate"} <= raw.keys():
        return encode(upright(raw["audio"]), int(raw["sampling_rate"]))
    return raw


def upright(samples: Any) -> "NDArray[np.float32]":
    """Samples of shape (channels, samples), also where a library put the channels last."""
    import numpy as np

    sound = np.atleast_2d(np.asarray(samples, dtype=np.float32).squeeze())
    return sound.T if len(sound) not in LAYOUTS and sound.shape[1] in LAYOUTS else sound


def nearest(codec: str, rate: int) -> int:
    """The lowest rate that the codec takes and that loses nothing, else its highest."""
    taken = RATES.get(codec, (rate,))
    return min((each for each in taken if each >= rate), default=taken[-1])


def convert(given: Media, mime: str) -> Media:
    """The same sound as a file of type `mime`."""
    if mime == given["mime"] or given["mime"] not in FORMATS:
        return given
    samples, rate = Sound(given["content"], math.inf).original()
    return encode(samples, rate, mime)


def waveform(samples: "NDArray[np.float32]", pieces: int = 300) -> list[float]:
    """The loudest sample, from 0 to 1, of each of at most `pieces` equally long parts."""
    import numpy as np

    parts = np.array_split(np.abs(samples), max(1, min(pieces, len(samples))))
    return [round(float(min(1, part.max())), 4) for part in parts if len(part)]
