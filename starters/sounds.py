"""Sounds to try a model on, made here: no recording of anybody's is copied."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE = 16_000
SPEECH = Path(__file__).parent.parent / "assets" / "samples" / "speech.flac"
STEP = 0.25  # seconds from one string to the next
RING = 2.0  # seconds that a string is heard
CHORDS = ((110, 165, 220, 277, 330), (87, 131, 175, 220, 262), (98, 147, 196, 247, 294))  # Hz
NOISE = 0.05  # of full scale

Samples = NDArray[np.float64]


def save(samples: Samples, file: Path) -> None:
    soundfile.write(file, samples, RATE)


def plucked() -> Samples:
    """Three chords, string by string, as a guitar plays them, twice."""
    notes = [hertz for chord in CHORDS * 2 for hertz in chord]
    whole = np.zeros(int((len(notes) * STEP + RING) * RATE))
    for at, hertz in enumerate(notes):
        start = int(at * STEP * RATE)
        one = string(hertz)
        whole[start : start + len(one)] += one
    return np.asarray(0.5 * whole / np.abs(whole).max())


def string(hertz: float) -> Samples:
    """A plucked string: noise that goes round, losing its edges (Karplus and Strong, 1983)."""
    period = round(RATE / hertz)
    burst = np.zeros(int(RING * RATE))
    burst[:period] = np.random.default_rng(period).uniform(-1, 1, period)
    back = np.zeros(period + 2)
    back[0], back[period], back[period + 1] = 1, -0.498, -0.498
    return np.asarray(lfilter([1.0], back, burst))


def noisy() -> Samples:
    """The speech that comes with Tagline, in a room full of hiss."""
    speech, rate = soundfile.read(SPEECH)
    assert rate == RATE
    hiss = np.random.default_rng(0).normal(0, NOISE, len(speech))
    return np.asarray(speech + hiss)
