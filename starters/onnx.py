"""The tensors of an ONNX file. Field numbers are those of its format's onnx.proto
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from starters import protobuf
from starters.protobuf import fields

SOURCES = (__file__, protobuf.__file__)  # of which a model that comes from ONNX is made

GRAPH, INITIALIZER = 7, 5  # of a model, of a graph
DIMS, TYPE, NAME, RAW = 1, 2, 8, 9  # of a tensor
DTYPES = {1: np.float32, 6: np.int32, 7: np.int64}


def tensors(file: bytes) -> dict[str, NDArray[Any]]:
    """Every tensor that the graph begins with, by name."""
    [graph] = (value for number, value in fields(memoryview(file)) if number == GRAPH)
    return dict(tensor(value) for number, value in fields(graph) if number == INITIALIZER)


def tensor(data: memoryview) -> tuple[str, NDArray[Any]]:
    found = dict(fields(data))
    shape = [value for number, value in fields(data) if number == DIMS]
    name = bytes(found[NAME]).decode()
    return name, np.frombuffer(found[RAW], DTYPES[found[TYPE]]).reshape(shape)
