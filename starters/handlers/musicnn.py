"""musicnn: what a piece of music is like, in fifty tags."""

import json
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
FFT, HOP, MELS = 512, 256, 96
PATCH = 187  # frames that the net hears at a time: three seconds
BLOCK = 32  # patches at a time, so that an hour of music needs little memory


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.tags = json.loads((folder / "config.json").read_text())["tags"]
        self.model = Model()
        self.model.load_state_dict(load_file(folder / "model.safetensors"))
        self.model.eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The likeliest tags for the sound file in `inputs`, best first."""
        count = count_of(**(data.get("parameters") or {}))
        scores = self.scores(waveform(data["inputs"], RATE)).tolist()
        ranked = sorted(zip(scores, self.tags, strict=True), reverse=True)
        return [{"label": tag, "score": score} for score, tag in ranked[:count]]

    def scores(self, sound: NDArray[np.float32]) -> Tensor:
        """How likely each tag is: the mean over all of the sound, three seconds at a time."""
        short = len(sound) < PATCH * HOP  # it is heard again and again, as in training
        whole = np.resize(sound, PATCH * HOP) if short else sound
        with torch.inference_mode():
            patches = self.model.spectrum(torch.from_numpy(whole)).unfold(0, PATCH, PATCH)
            blocks = patches.transpose(1, 2).split(BLOCK)
            return torch.cat([self.model(block) for block in blocks]).mean(0)


class Convolution(nn.Module):
    """A convolution of all frequencies at once or a few, then the loudest of what it found."""

    def __init__(self, filters: int, frames: int, bins: int) -> None:
        super().__init__()
        self.before = (frames - 1) // 2
        self.after = frames - 1 - self.before
        self.convolution = nn.Conv2d(1, filters, (frames, bins))
        self.norm = nn.BatchNorm2d(filters, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        found = self.convolution(pad(x, (0, 0, self.before, self.after))).relu()
        return self.norm(found).amax(-1)


class Layer(nn.Module):
    """A convolution over time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels, 64, 7, padding=3)
        self.norm = nn.BatchNorm1d(64, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.convolution(x).relu())


class Model(nn.Module):
    """Wide filters for timbre, long ones for rhythm, three layers over time; then the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mel", torch.zeros(FFT // 2 + 1, MELS))
        self.norm = nn.BatchNorm2d(1, eps=1e-3)
        shapes = ((204, 7, 38), (204, 7, 67), (51, 128, 1), (51, 64, 1), (51, 32, 1))
        self.front = nn.ModuleList(Convolution(*shape) for shape in shapes)
        self.middle = nn.ModuleList(Layer(channels) for channels in (561, 64, 64))
        self.back = nn.Sequential(
            nn.BatchNorm1d(1506, eps=1e-3),
            nn.Linear(1506, 200),
            nn.ReLU(),
            nn.BatchNorm1d(200, eps=1e-3),
            nn.Linear(200, 50),
            nn.Sigmoid(),
        )

    def spectrum(self, sound: Tensor) -> Tensor:
        """Frames of a mel spectrogram, in the logarithm that the net was trained with."""
        waves = torch.stft(sound, FFT, HOP, window=torch.hann_window(FFT), return_complex=True)
        return torch.log10(1 + 10_000 * (waves.abs().square().T @ self.mel))

    def forward(self, patches: Tensor) -> Tensor:
        """The tags' scores for each of `patches`, which are frames by mels."""
        normed = self.norm(patches.unsqueeze(1))
        front = torch.cat([layer(normed) for layer in self.front], 1)
        first, second, third = self.middle
        one = first(front)
        two = second(one) + one
        three = third(two) + two
        heard = torch.cat([front, one, two, three], 1)
        pooled = torch.stack([heard.amax(-1), heard.mean(-1)], -1).flatten(1)
        found: Tensor = self.back(pooled)
        return found


def count_of(top_k: int = 5, function_to_apply: str = "sigmoid", **others: Any) -> int:
    """How many tags to name, checked. Each tag has a score of its own: a sigmoid."""
    if others or function_to_apply != "sigmoid":
        named = ", ".join(others) or "function_to_apply"
        raise ValueError(f"{named}: this model takes top_k, and gives sigmoids alone.")
    if top_k < 1:
        raise ValueError(f"top_k is {top_k}: it must be at least 1.")
    return top_k


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
