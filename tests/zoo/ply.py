"""The corners of a binary PLY file, read by the letter of its header (Greg Turk, 1994)."""

from itertools import takewhile
from typing import Any

import numpy as np

TYPES = {"float": "<f4", "uchar": "u1"}


def read(data: bytes) -> Any:
    """The places of its corners, of the shape (corners, 3)."""
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    first = next(at for at, line in enumerate(lines) if line.startswith("element vertex "))
    own = takewhile(lambda line: line.startswith("property "), lines[first + 1 :])
    fields = [(name, TYPES[kind]) for _, kind, name in map(str.split, own)]
    made = np.frombuffer(body, np.dtype(fields), int(lines[first].split()[-1]))
    return np.stack([made[axis] for axis in "xyz"], axis=1)
