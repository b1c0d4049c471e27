"""MediaPipe selfie segmentation: which pixels of a picture show a person."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

SIDE = 256  # pixels that the net sees, square


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.model = Model()
        self.model.load_state_dict(load_file(folder / "model.safetensors"))
        self.model.eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The pixels of the picture in `inputs` that show a person, and the others."""
        least, edge = settings(**(data.get("parameters") or {}))
        person = self.chances(data["inputs"])
        found = []
        for label, chances, shown in (
            ("person", person, person >= edge),
            ("background", 1 - person, person < edge),
        ):
            score = float(chances[shown].mean()) if shown.any() else 0.0
            if shown.any() and score >= least:
                found.append({"label": label, "score": score, "mask": png(shown)})
        return found

    def chances(self, picture: Image.Image) -> NDArray[np.float32]:
        """How likely each pixel, height x width, is to show a person."""
        small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1).float() / 255
        with torch.inference_mode():
            [found] = self.model(pixels[None])
        full = Image.fromarray(found.numpy()).resize(picture.size, Image.Resampling.BILINEAR)
        return np.asarray(full).clip(0, 1)


def png(shown: NDArray[np.bool_]) -> str:
    """A mask as the Hub's API has it: white where it is, black elsewhere, in base64."""
    file = BytesIO()
    Image.fromarray(shown.astype(np.uint8) * 255).save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def settings(
    threshold: float = 0.0,
    mask_threshold: float = 0.5,
    overlap_mask_area_threshold: float = 0.5,
    subtask: str = "semantic",
    **others: Any,
) -> tuple[float, float]:
    """What score a mask must have, and from which chance on a pixel shows a person, checked.

    No mask covers another, so that any threshold of overlap is kept to.
    """
    if others or subtask != "semantic":
        named = ", ".join(others) or f"subtask {subtask}"
        raise ValueError(
            f"{named}: this model takes threshold, mask_threshold, overlap_mask_area_threshold "
            "and the subtask semantic."
        )
    shares = {
        "threshold": threshold,
        "mask_threshold": mask_threshold,
        "overlap_mask_area_threshold": overlap_mask_area_threshold,
    }
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value}: it must lie between 0 and 1.")
    return threshold, mask_threshold


# The net, layer by layer in the order in which its weights are stored


class Convolution(nn.Module):
    """A convolution whose margins lie as TensorFlow puts them: the odd one right and below."""

    def __init__(
        self, entering: int, leaving: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.inner = nn.Conv2d(entering, leaving, kernel, stride, groups=groups)
        more = kernel - stride
        self.margins = (more // 2, more - more // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.inner(pad(x, self.margins))
        return found


class Gate(nn.Module):
    """How much of each channel to let through, judged by its mean (squeeze and excitation)."""

    def __init__(self, channels: int, inside: int) -> None:
        super().__init__()
        self.down = Convolution(channels, inside)
        self.up = Convolution(inside, channels)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.up(self.down(x.mean((2, 3), keepdim=True)).relu()).sigmoid()
        return found


class Block(nn.Module):
    """MobileNetV3's: wider, a convolution of each channel, perhaps a gate, and narrow again."""

    def __init__(
        self, entering: int, wide: int, leaving: int, kernel: int, stride: int, gate: int
    ) -> None:
        super().__init__()
        self.act = nn.Hardswish() if kernel == 5 else nn.ReLU()
        self.wider = Convolution(entering, wide)
        self.each = Convolution(wide, wide, kernel, stride, groups=wide)
        self.gate = Gate(wide, gate) if gate else None
        self.narrower = Convolution(wide, leaving)
        self.adds = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        seen = self.act(self.each(self.act(self.wider(x))))
        gated = seen * self.gate(seen) if self.gate else seen
        found: Tensor = self.narrower(gated)
        return x + found if self.adds else found


class Widening(nn.Module):
    """Twice as many pixels a side, with the details that the encoder saw at that size."""

    def __init__(self, entering: int, leaving: int) -> None:
        super().__init__()
        self.narrower = Convolution(entering, leaving)
        self.gate = Gate(leaving, leaving)
        self.mix = Convolution(leaving, leaving)
        self.each = Convolution(leaving, leaving, 3, groups=leaving)

    def forward(self, x: Tensor, details: Tensor) -> Tensor:
        larger = self.narrower(interpolate(x, scale_factor=2, mode="bilinear"))
        mixed = self.mix(details * self.gate(details + larger) + larger).relu()
        found: Tensor = mixed + self.each(mixed).relu()
        return found


class Model(nn.Module):
    """Pictures, count x 3 x 256 x 256 in 0 to 1, to chances of a person, count x 256 x 256."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, 16, 3, 2)
        self.second = Block(16, 16, 16, 3, 2, 8)
        self.third = nn.Sequential(Block(16, 72, 24, 3, 2, 0), Block(24, 88, 24, 3, 1, 0))
        self.fourth = nn.Sequential(
            Block(24, 96, 32, 5, 2, 24),
            Block(32, 128, 32, 5, 1, 32),
            Block(32, 128, 32, 5, 1, 32),
            Block(32, 96, 32, 5, 1, 24),
            Block(32, 96, 32, 5, 1, 24),
        )
        self.seen = Convolution(32, 128)
        self.weighed = Convolution(32, 128)
        self.wider = nn.ModuleList([Widening(128, 24), Widening(24, 16), Widening(16, 16)])
        self.last = nn.ConvTranspose2d(16, 1, 2, 2)

    def forward(self, pictures: Tensor) -> Tensor:
        first = nn.functional.hardswish(self.stem(pictures))
        second = self.second(first)
        third = self.third(second)
        x = self.fourth(third)
        x = self.seen(x).relu() * self.weighed(x.mean((2, 3), keepdim=True)).sigmoid()
        for wider, details in zip(self.wider, (third, second, first), strict=True):
            x = wider(x, details)
        found: Tensor = self.last(x).sigmoid()[:, 0]
        return found
