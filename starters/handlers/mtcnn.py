"""MTCNN: where faces are in a picture."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import interpolate

LONGEST = 1600  # pixels of a picture's longer side; a larger one is brought down to it
SMALLEST_FACE = 20  # pixels
SHRINK = 0.709  # from one scale of the pyramid to the next: half the area
CELL, STRIDE = 12, 2  # pixels that the first net sees at once, and moves on by
SCORES = (0.6, 0.7, 0.7)  # that a face must reach in each of the three nets
OVERLAPS = (0.5, 0.7, 0.7, 0.7)  # of boxes that show the same face
BLOCK = 512  # boxes at a time


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.model = Model()
        self.model.load_state_dict(load_file(folder / "model.safetensors"))
        self.model.eval()

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The faces of the picture in `inputs`, surest first."""
        threshold = threshold_of(**(data.get("parameters") or {}))
        picture: Image.Image = data["inputs"].convert("RGB")
        share = min(1.0, LONGEST / max(picture.size))
        size = [max(1, round(side * share)) for side in picture.size]
        small = picture if share == 1 else picture.resize((size[0], size[1]))
        pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1).float()
        with torch.inference_mode():
            boxes, scores = detect(self.model, pixels, threshold)
        scale = torch.tensor(picture.size * 2) / torch.tensor(small.size * 2)
        limits = torch.tensor(picture.size * 2)
        corners = (boxes * scale).round().clamp_min(0).minimum(limits).int().tolist()
        return [
            {"label": "face", "score": score, "box": box_of(*box)}
            for box, score in zip(corners, scores.tolist(), strict=True)
        ]


def box_of(xmin: int, ymin: int, xmax: int, ymax: int) -> dict[str, int]:
    return {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}


def trunk(*layers: tuple[int, int, int, int]) -> nn.Sequential:
    """Convolutions: channels in, channels out, kernel, and the kernel of the pooling (0: none)."""
    found: list[nn.Module] = []
    for entering, leaving, kernel, pool in layers:
        found += [nn.Conv2d(entering, leaving, kernel), nn.PReLU(leaving)]
        found += [nn.MaxPool2d(pool, 2, ceil_mode=True)] if pool else []
    return nn.Sequential(*found)


class Proposals(nn.Module):
    """The first net, which slides over the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = trunk((3, 10, 3, 2), (10, 16, 3, 0), (16, 32, 3, 0))
        self.face = nn.Conv2d(32, 2, 1)
        self.shift = nn.Conv2d(32, 4, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.trunk(pixels)
        return self.face(seen).softmax(1)[:, 1], self.shift(seen)


class Judge(nn.Module):
    """The second and the third net, which look at one box each, of `side` pixels square."""

    def __init__(self, side: int, layers: nn.Sequential, entering: int, width: int) -> None:
        super().__init__()
        self.side = side
        self.trunk = layers
        self.dense = nn.Sequential(nn.Linear(entering, width), nn.PReLU(width))
        self.face = nn.Linear(width, 2)
        self.shift = nn.Linear(width, 4)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        # The published weights count columns before rows, and both before channels.
        seen = self.dense(self.trunk(crops).permute(0, 3, 2, 1).flatten(1))
        return self.face(seen).softmax(1)[:, 1], self.shift(seen)


class Model(nn.Module):
    """Zhang et al. 2016: three nets, each sorting out what the one before it proposed."""

    def __init__(self) -> None:
        super().__init__()
        self.pnet = Proposals()
        rough = trunk((3, 28, 3, 3), (28, 48, 3, 3), (48, 64, 2, 0))
        fine = trunk((3, 32, 3, 3), (32, 64, 3, 3), (64, 64, 3, 2), (64, 128, 2, 0))
        self.rnet = Judge(24, rough, 576, 128)
        self.onet = Judge(48, fine, 1152, 256)


def detect(model: Model, pixels: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """Boxes (count x 4: left, top, right, bottom) and scores, best first.

    `pixels` is 3 x height x width, 0 to 255.
    """
    found = [propose(model.pnet, pixels, scale) for scale in scales(*pixels.shape[1:])]
    if not found:
        return torch.zeros(0, 4), torch.zeros(0)
    boxes, scores = (torch.cat(each) for each in zip(*found, strict=True))
    kept = survivors(boxes, scores, OVERLAPS[1])
    boxes = squares(boxes[kept])
    for net, least, last in ((model.rnet, SCORES[1], False), (model.onet, threshold, True)):
        boxes, scores, shifts = judged(net, pixels, boxes, least)
        if last:
            boxes = moved(boxes, shifts)
            kept = survivors(boxes, scores, OVERLAPS[3], of_smaller=True)
            return boxes[kept], scores[kept]
        kept = survivors(boxes, scores, OVERLAPS[2])
        boxes = squares(moved(boxes[kept], shifts[kept]))
    raise AssertionError("the last net has answered")


def scales(height: int, width: int) -> list[float]:
    """How much to enlarge the picture by, so that faces of each size fill a cell."""
    found = [CELL / SMALLEST_FACE]
    while min(height, width) * found[-1] >= CELL:
        found.append(found[-1] * SHRINK)
    return found[:-1]


def propose(net: Proposals, pixels: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Boxes of about one size, and how much each looks like a face."""
    _, height, width = pixels.shape
    shrunk = resampled(pixels[None], (int(height * scale + 1), int(width * scale + 1)))
    [chances], [shifts] = net(shrunk)
    likely = chances >= SCORES[0]
    corner = likely.nonzero().flip(1) * STRIDE  # columns, then rows
    first, second = ((corner + 1) / scale).floor(), ((corner + CELL) / scale).floor()
    boxes, scores = torch.cat([first, second], 1), chances[likely]
    kept = survivors(boxes, scores, OVERLAPS[0])
    boxes = boxes[kept]
    sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    return boxes + shifts[:, likely].T[kept] * sides, scores[kept]


def judged(net: Judge, pixels: Tensor, boxes: Tensor, least: float) -> tuple[Tensor, ...]:
    """The boxes that `net` finds to be faces, their scores, and where to move them."""
    _, height, width = pixels.shape
    limits = torch.tensor([width, height])
    first = boxes[:, :2].trunc().int().clamp_min(1) - 1  # the published code counts from 1
    second = boxes[:, 2:].trunc().int().minimum(limits)
    inside = (second > first).all(1)
    boxes, corners = boxes[inside], torch.cat([first, second], 1)[inside].tolist()
    scores, shifts = [torch.zeros(0)], [torch.zeros(0, 4)]
    for start in range(0, len(corners), BLOCK):
        block = corners[start : start + BLOCK]
        crops = [pixels[None, :, top:bottom, left:right] for left, top, right, bottom in block]
        chances, moves = net(torch.cat([resampled(crop, (net.side,) * 2) for crop in crops]))
        scores.append(chances)
        shifts.append(moves)
    found = torch.cat(scores)
    sure = found > least
    return boxes[sure], found[sure], torch.cat(shifts)[sure]


def resampled(pixels: Tensor, size: tuple[int, ...]) -> Tensor:
    """Pixels at another size, as the nets want their values: about -1 to 1."""
    found: Tensor = (interpolate(pixels, size=size, mode="area") - 127.5) / 128
    return found


def moved(boxes: Tensor, shifts: Tensor) -> Tensor:
    sides = (boxes[:, 2:] - boxes[:, :2] + 1).repeat(1, 2)
    return boxes + shifts * sides


def squares(boxes: Tensor) -> Tensor:
    """Each box, made square about its middle."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    return torch.cat([middle - half, middle + half], 1)


def survivors(boxes: Tensor, scores: Tensor, overlap: float, of_smaller: bool = False) -> list[int]:
    """Of boxes that overlap by more than `overlap` the best, by number, best first.

    Overlap is the share of the union, or of the smaller of the two boxes.
    """
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    rest, kept = scores.argsort(descending=True, stable=True), []
    while len(rest):
        best, rest = rest[0], rest[1:]
        kept.append(int(best))
        low, high = (
            boxes[rest, :2].maximum(boxes[best, :2]),
            boxes[rest, 2:].minimum(boxes[best, 2:]),
        )
        common = (high - low).clamp_min(0).prod(1)
        whole = (
            areas[rest].minimum(areas[best]) if of_smaller else areas[rest] + areas[best] - common
        )
        rest = rest[common <= overlap * whole]
    return kept


def threshold_of(threshold: float = SCORES[2], **others: Any) -> float:
    """What score a face must have, checked."""
    if others:
        raise ValueError(f"{', '.join(others)}: this model takes no parameter but threshold.")
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold is {threshold}: it must lie between 0 and 1.")
    return threshold
