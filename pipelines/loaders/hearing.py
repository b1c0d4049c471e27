"""Recordings as a model hears them: at its own rate, and no longer than it listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.media import Sound
from pipelines.notices import cut, tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 120  # seconds heard at once by a model that would keep all of a recording
SHORT = 1.0  # seconds; what fails with less is put down to the length
HOP = 0.01  # seconds from one frame of a spectrogram to the next, as Kaldi has it


def sampling_rate(extractor: Any) -> int:
    """Samples per second that a feature extractor takes."""
    return int(extractor.sampling_rate)


def heard(sound: Sound, extractor: Any) -> "NDArray[np.float32]":
    """Mono samples at the extractor's rate, shape (samples,). What it would drop is cut and told:
    some would pick a part at random."""
    rate = sampling_rate(extractor)
    return shortened(sound.decode(rate), rate, longest(extractor))


def shortened(samples: "NDArray[np.float32]", rate: int, most: int) -> "NDArray[np.float32]":
    """The first `most` samples; that there are more is told, in seconds."""
    if len(samples) > most:
        tell(cut("inputs", round(most / rate), "seconds"))
    return samples[:most]


def longest(extractor: Any) -> int:
    """Samples of one recording that are heard: as many as a feature extractor keeps. Where it keeps
    all of them there is a bound all the same, since memory grows with the length."""
    for name in ("n_samples", "nb_max_samples"):  # Whisper's, CLAP's
        if most := getattr(extractor, name, None):
            return int(most)
    rate = sampling_rate(extractor)
    if type(extractor).__name__ == "ASTFeatureExtractor":  # a frame of 25 ms every 10 ms
        return int((extractor.max_length * HOP + 0.015) * rate)
    return LONGEST * rate


@contextmanager
def long_enough(samples: "NDArray[np.float32]", rate: int) -> Iterator[None]:
    """Puts down to its length what fails on a very short recording: convolutions need a few
    hundred samples, and say so in terms of kernels."""
    try:
        yield
    except (RuntimeError, ValueError, IndexError, AssertionError) as error:
        if len(samples) >= SHORT * rate:
            raise
        raise too_short(samples, rate) from error


def too_short(samples: "NDArray[np.float32]", rate: int) -> InvalidInput:
    return InvalidInput(
        f"inputs: this recording is too short for the model ({len(samples) / rate:.3f} s). "
        f"Send at least {SHORT:.0f} s."
    )


def finite(scores: list[float]) -> list[float]:
    """The scores, which are numbers. Raises ModelFailed: JSON has no word for any other."""
    import math

    if not all(map(math.isfinite, scores)):
        raise ModelFailed("The model's scores for this recording are no numbers.")
    return scores
