"""The tensors of a TensorFlow 1 checkpoint: raw numbers in one file, where they lie in another.

The index is a table of LevelDB's (https://github.com/google/leveldb/blob/main/doc/table_format.md)
from names to BundleEntryProto (tensorflow/core/protobuf/tensor_bundle.proto).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from starters import protobuf
from starters.protobuf import fields, varint

SOURCES = (__file__, protobuf.__file__)  # of which a model that comes from a checkpoint is made

FOOTER = 48  # bytes; it begins with where the table's own index lies
FLOAT32 = 1
DTYPE, SHAPE, OFFSET, SIZE = 1, 2, 4, 5  # of an entry
DIM, DIM_SIZE = 2, 1  # of a shape, of a dimension


def tensors(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """Every tensor of single precision by name."""
    table = memoryview(index)
    found = {}
    for name, entry in entries(table):
        about = {DTYPE: 0, OFFSET: 0, SIZE: 0, **dict(fields(entry))}
        if name and about[DTYPE] == FLOAT32:  # the nameless entry is about the file
            raw = data[about[OFFSET] : about[OFFSET] + about[SIZE]]
            found[name] = np.frombuffer(raw, np.float32).reshape(shape(about[SHAPE]))
    return found


def shape(message: memoryview) -> list[int]:
    dims = (dict(fields(value)) for number, value in fields(message) if number == DIM)
    return [dim.get(DIM_SIZE, 0) for dim in dims]


def entries(table: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Every pair of the table: its index names the blocks that hold them."""
    footer = table[-FOOTER:]
    at = varint(footer, varint(footer, 0)[1])[1]  # past where what is about the table lies
    for _, handle in block(table, footer[at:]):
        yield from block(table, handle)


def block(table: memoryview, handle: memoryview) -> Iterator[tuple[str, memoryview]]:
    """The pairs of one block; a key says how much of its beginning it shares with the last one."""
    start, at = varint(handle, 0)
    size, _ = varint(handle, at)
    assert table[start + size] == 0, "a compressed block"
    pairs = table[start : start + size]
    restarts = int.from_bytes(pairs[-4:], "little")
    end = size - 4 * (restarts + 1)
    at, key = 0, b""
    while at < end:
        shared, at = varint(pairs, at)
        own, at = varint(pairs, at)
        length, at = varint(pairs, at)
        key = key[:shared] + bytes(pairs[at : at + own])
        yield key.decode(errors="replace"), pairs[at + own : at + own + length]
        at += own + length
