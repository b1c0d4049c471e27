"""NSNet2: speech without the noise around it."""

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

RATE = 16_000  # samples a second, in and out
FRAME, HOP = 320, 160  # samples: 20 ms, half of them new
BINS = FRAME // 2 + 1
BLOCK = 6000  # frames at a time, a minute, so that an hour of sound needs little memory
QUIETEST_POWER = 1e-12
LEAST_GAIN = 1e-4  # -80 dB


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.window = torch.hann_window(FRAME).sqrt()
        self.model = Model()
        self.model.load_state_dict(load_file(folder / "model.safetensors"))
        self.model.eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The speech of the sound file in `inputs`. Nothing is drawn, so any seed is kept to."""
        if others := set(data.get("parameters") or {}) - {"seed"}:
            raise ValueError(f"{', '.join(sorted(others))}: this model takes no such parameter.")
        sound = self.denoised(waveform(data["inputs"], RATE))
        return [{"label": "denoised", "audio": sound, "sampling_rate": RATE}]

    def denoised(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        form: dict[str, Any] = {"n_fft": FRAME, "hop_length": HOP, "window": self.window}
        wave = torch.from_numpy(sound)
        spectrum = torch.stft(wave, **form, pad_mode="constant", return_complex=True)
        cleaned = torch.istft(spectrum * self.gains(spectrum), **form, length=len(sound))
        return np.asarray(cleaned.numpy(), np.float32)

    def gains(self, spectrum: Tensor) -> Tensor:
        """What to multiply each frequency with at each moment, 0 to 1."""
        power = spectrum.abs().square().clamp_min(QUIETEST_POWER)
        found, state = [], None
        with torch.inference_mode():
            for block in power.log10().T.split(BLOCK):
                gains, state = self.model(block, state)
                found.append(gains)
        return torch.cat(found).T.clamp_min(LEAST_GAIN)


class Model(nn.Module):
    """Gains from a log power spectrum: two recurrent layers between fully connected ones."""

    def __init__(self) -> None:
        super().__init__()
        self.fc_in = nn.Linear(BINS, 400)
        self.gru = nn.GRU(400, 400, num_layers=2)
        self.fc_out = nn.Sequential(
            nn.Linear(400, 600),
            nn.ReLU(),
            nn.Linear(600, 600),
            nn.ReLU(),
            nn.Linear(600, BINS),
            nn.Sigmoid(),
        )

    def forward(self, frames: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        heard, state = self.gru(self.fc_in(frames).relu(), state)
        return self.fc_out(heard), state


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
