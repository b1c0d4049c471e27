"""Many masks of one picture: held in little room, and each thing once."""

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Packed:
    """A mask, of which there may be thousands at a time, in little room."""

    box: tuple[int, int, int, int]
    score: float
    shape: tuple[int, int]
    bits: bytes

    def mask(self) -> Any:
        """An array of booleans, of shape (height, width)."""
        import numpy as np

        bits = np.frombuffer(zlib.decompress(self.bits), np.uint8)
        height, width = self.shape
        return np.unpackbits(bits, count=height * width).reshape(self.shape).astype(bool)


def packed(mask: Any, score: float) -> Packed:
    import numpy as np

    return Packed(box_of(mask), score, mask.shape, zlib.compress(np.packbits(mask).tobytes(), 1))


def best_within(found: Sequence[Packed], room: int) -> list[Packed]:
    """The best masks that fit into `room` bytes, best first, of equal ones the first. Only a better
    mask makes another a double: what is left out changes nothing about the others."""
    ranked = sorted(found, key=lambda each: -each.score)
    sizes = itertools.accumulate(len(each.bits) for each in ranked)
    return [each for each, size in zip(ranked, sizes, strict=True) if size <= room]


def each_once(found: Sequence[Packed], most: float) -> list[int]:
    """`without_doubles`; and of equal masks one pixel wide or high, whose boxes have no area to
    compare, the best."""
    kept = without_doubles([each.box for each in found], [each.score for each in found], most)
    if most >= 1:
        return kept
    first: dict[Any, int] = {}
    for at in kept:
        left, top, right, bottom = found[at].box
        thin = left == right or top == bottom
        first.setdefault((found[at].box, found[at].bits) if thin else at, at)
    return list(first.values())


def box_of(mask: Any) -> tuple[int, int, int, int]:
    """The first and the last column and row that a mask has, as xmin, ymin, xmax, ymax."""
    columns, rows = mask.any(0).nonzero()[0], mask.any(1).nonzero()[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def without_doubles(
    boxes: Sequence[tuple[int, int, int, int]], scores: Sequence[float], most: float
) -> list[int]:
    """Non-maximum suppression: the numbers of the best boxes, none of which overlaps a better one
    by more than `most` (area in common over area in all)."""
    import numpy as np

    corners = np.array(boxes, float).reshape(-1, 4)
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    left = np.argsort(-np.array(scores), kind="stable")
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[left, :2])
        high = np.minimum(corners[best, 2:], corners[left, 2:])
        common = np.clip(high - low, 0, None).prod(axis=1)
        left = left[common <= most * (areas[best] + areas[left] - common)]
    return kept
