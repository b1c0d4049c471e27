"""A text that is longer than a model reads, in windows that overlap, put together again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def windows(count: int, room: int, overlap: int) -> list[range]:
    """Ranges of at most `room` tokens over `count` tokens, each with `overlap` of the one before.

    `overlap` must be less than `room`.
    """
    made = [range(min(room, count))]
    while made[-1].stop < count:
        start = made[-1].stop - overlap
        made.append(range(start, min(start + room, count)))
    return made


def together(
    count: int, parts: Sequence[range], values: Sequence["NDArray[np.float32]"]
) -> "NDArray[np.float32]":
    """One value per token, of the window in which it has the most context on its poorer side.

    `values[i]` has shape (tokens of `parts[i]`, ...); the result has shape (count, ...).
    """
    import numpy as np

    found = np.zeros((count, *values[0].shape[1:]), dtype=np.float32)
    best = np.full(count, -1)
    for part, value in zip(parts, values, strict=True):
        left = np.arange(len(part))
        context = np.minimum(
            left + (count if part.start == 0 else 0),  # the ends of the text lack nothing
            left[::-1] + (count if part.stop == count else 0),
        )
        here = slice(part.start, part.stop)
        better = context > best[here]
        found[here][better], best[here][better] = value[better], context[better]
    return found
