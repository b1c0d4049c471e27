"""A GLB file, read by the letter of its format (Khronos, glTF 2.0, section 4)."""

import json
import struct
from typing import Any

import numpy as np


def read(data: bytes) -> tuple[dict[str, Any], list[Any]]:
    """The description of a GLB, and the arrays of its accessors."""
    magic, version, length = struct.unpack_from("<III", data)
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    size, kind = struct.unpack_from("<II", data, 12)
    assert (size % 4, kind) == (0, 0x4E4F534A)
    about = json.loads(data[20 : 20 + size])
    rest, kind = struct.unpack_from("<II", data, 20 + size)
    assert (rest % 4, kind, 28 + size + rest) == (0, 0x004E4942, len(data))
    body = data[28 + size :]
    arrays = []
    for each in about["accessors"]:
        view = about["bufferViews"][each["bufferView"]]
        start = view["byteOffset"]
        made = np.frombuffer(
            body[start : start + view["byteLength"]],
            {5126: "<f4", 5125: "<u4"}[each["componentType"]],
        )
        arrays.append(made.reshape(-1, 3) if each["type"] == "VEC3" else made)
        assert len(arrays[-1]) == each["count"]
    return about, arrays
