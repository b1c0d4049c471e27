"""Protocol buffers, as far as weights come in them: the fields of a message, one after another.

The encoding: https://protobuf.dev/programming-guides/encoding/. No package is needed for this much.
"""

from collections.abc import Iterator
from typing import Any

WIDTHS = {1: 8, 5: 4}  # bytes of the wire types of fixed width; 0 is a varint, 2 has its length


def fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a message; what has a length comes as bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
            yield number, value
            continue
        length, at = (WIDTHS[wire], at) if wire in WIDTHS else varint(data, at)
        yield number, data[at : at + length]
        at += length


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, seven bits a byte, lowest first; and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
