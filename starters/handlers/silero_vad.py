"""Silero VAD: when somebody speaks in a sound."""

from io import BytesIO
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.signal import resample_poly
from torch import Tensor, nn
from torch.nn.functional import pad

RATE = 16_000  # samples a second
WINDOW = 512  # samples that one probability is about
CONTEXT = 64  # samples before them that are seen too
BLOCK = 1024  # windows at a time, so that an hour of sound needs no more memory than a minute
HYSTERESIS = 0.15  # speech ends when its probability is this much below the threshold


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.model = Model()
        self.model.load_state_dict(load_file(folder / "model.safetensors"))
        self.model.eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The spans of speech, in seconds, of the sound file in `inputs`."""
        sound = waveform(data["inputs"], RATE)
        chances = self.probabilities(sound)
        spans = segments(chances, len(sound), **settings(**(data.get("parameters") or {})))
        return [
            {"label": "speech", "start": round(start / RATE, 3), "end": round(end / RATE, 3)}
            for start, end in spans
        ]

    def probabilities(self, sound: NDArray[np.float32]) -> list[float]:
        """For every window, how likely it is that somebody speaks in it."""
        padded = pad(torch.from_numpy(sound), (CONTEXT, -len(sound) % WINDOW))
        windows = padded.unfold(0, CONTEXT + WINDOW, WINDOW)
        chances: list[float] = []
        state = None
        with torch.inference_mode():
            for block in windows.split(BLOCK):
                found, state = self.model(block, state)
                chances += found.tolist()
        return chances


class Model(nn.Module):
    """A spectrum by convolution, four layers over time, and a memory of what was heard before."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrum = nn.Conv1d(1, 258, 256, stride=128, bias=False)
        self.encoder = nn.Sequential(
            nn.Conv1d(129, 128, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(128, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(64, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv1d(64, 128, 3, padding=1),
            nn.ReLU(),
        )
        self.memory = nn.LSTM(128, 128)
        self.output = nn.Conv1d(128, 1, 1)

    def forward(self, windows: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One probability per row of `windows`, which follow each other in time."""
        waves = self.spectrum(pad(windows.unsqueeze(1), (0, CONTEXT), "reflect"))
        real, imaginary = waves.chunk(2, dim=1)
        features = self.encoder((real**2 + imaginary**2).sqrt()).squeeze(-1)
        heard, state = self.memory(features, state)
        return self.output(heard.relu().unsqueeze(-1)).sigmoid().flatten(), state


def settings(
    threshold: float = 0.5,
    min_speech_duration_ms: float = 250,
    min_silence_duration_ms: float = 100,
    speech_pad_ms: float = 30,
    **others: Any,
) -> dict[str, float]:
    """Silero's own parameters, checked, with durations in samples."""
    if others:
        raise ValueError(f"{', '.join(others)}: this model takes no such parameter.")
    if not 0 < threshold < 1:
        raise ValueError(f"threshold is {threshold}: it must lie between 0 and 1.")
    durations = {
        "min_speech": min_speech_duration_ms,
        "min_silence": min_silence_duration_ms,
        "padding": speech_pad_ms,
    }
    if min(durations.values()) < 0:
        raise ValueError("Durations in milliseconds must not be negative.")
    return {"threshold": threshold} | {name: RATE * ms / 1000 for name, ms in durations.items()}


def segments(
    chances: list[float],
    length: int,
    threshold: float,
    min_speech: float,
    min_silence: float,
    padding: float,
) -> list[list[int]]:
    """Start and end of each stretch of speech, in samples, as silero's get_speech_timestamps says.

    It begins in the first window that reaches the threshold, and ends where a silence of
    `min_silence` samples began.
    """
    spans: list[list[int]] = []
    start = quiet = None
    for here, chance in enumerate(chances):
        if chance >= threshold:
            start = here * WINDOW if start is None else start
            quiet = None
        elif start is not None and chance < max(threshold - HYSTERESIS, 0.01):
            quiet = here * WINDOW if quiet is None else quiet
            if here * WINDOW - quiet >= min_silence:
                spans.append([start, quiet])
                start = quiet = None
    if start is not None:
        spans.append([start, length])
    return padded(
        [[start, end] for start, end in spans if end - start > min_speech], length, padding
    )


def padded(spans: list[list[int]], length: int, padding: float) -> list[list[int]]:
    """Each span with some of the silence around it; two that are close share what is between."""
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    before = [0, *ends]
    after = [*starts, length]
    gaps = [right - left for left, right in zip(before, after, strict=True)]
    inner = [int(padding) if gap >= 2 * padding else gap // 2 for gap in gaps[1:-1]]
    shares = [min(int(padding), gaps[0]), *inner, min(int(padding), gaps[-1])]
    return [
        [start - share, end + next_share]
        for start, end, share, next_share in zip(starts, ends, shares, shares[1:], strict=False)
    ]


def waveform(data: bytes, rate: int) -> NDArray[np.float32]:
    """The sound in a file: mono, with `rate` samples a second."""
    try:
        sound, its_rate = soundfile.read(BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"This is no sound file that can be read: {error}") from None
    if not len(sound):
        raise ValueError("This sound file is empty.")
    mono = np.clip(np.nan_to_num(sound.mean(axis=1)), -1, 1)
    common = gcd(rate, its_rate)
    return np.asarray(resample_poly(mono, rate // common, its_rate // common), np.float32)
