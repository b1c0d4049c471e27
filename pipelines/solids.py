"""Solids that go out: corners and triangles as a file."""

import json
import struct
from typing import TYPE_CHECKING, Any

from pipelines.errors import ModelFailed
from pipelines.kinds.shapes import Media

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GLB = "model/gltf-binary"
BEGINNINGS = {b"glTF": GLB, b"ply": "model/ply", b"solid": "model/stl"}
EMPTY = "The model made no solid: its surface is empty. Try another seed."
# Numbers of glTF 2.0: types of elements, uses of buffers
FLOAT, UINT = 5126, 5125
CORNERS, ORDER = 34962, 34963


def solid(
    corners: "NDArray[np.float32]", faces: "NDArray[np.uint32]", colours: Any = None
) -> Media:
    """A GLB, as glTF 2.0 has it. `corners` has the shape (corners, 3), `faces` (triangles, 3) with
    the numbers of corners, `colours` (corners, 3) from 0 to 1, linear in light. Up is y, as glTF
    wants it.

    Raises ModelFailed where there is nothing to see.
    """
    import numpy as np

    if not len(corners) or not len(faces) or not np.isfinite(corners).all():
        raise ModelFailed(EMPTY)
    parts = [(np.ascontiguousarray(corners, "<f4"), FLOAT, "VEC3", CORNERS)]
    names = {"POSITION": 0}
    if colours is not None:
        light = np.clip(np.nan_to_num(colours), 0, 1)
        parts.append((np.ascontiguousarray(light, "<f4"), FLOAT, "VEC3", CORNERS))
        names["COLOR_0"] = 1
    parts.append((np.ascontiguousarray(faces, "<u4").reshape(-1), UINT, "SCALAR", ORDER))
    data = b"".join(array.tobytes() for array, *_ in parts)
    about = described(parts, len(data))
    shape = {"attributes": names, "indices": len(parts) - 1, "material": 0}
    about["meshes"] = [{"primitives": [shape]}]
    return {"content": packed(about, data), "mime": GLB}


def described(parts: list[Any], length: int) -> dict[str, Any]:
    """Where in the buffer each part stands, and what it is."""
    views, accessors, at = [], [], 0
    for number, (array, kind, shape, use) in enumerate(parts):
        views.append({"buffer": 0, "byteOffset": at, "byteLength": array.nbytes, "target": use})
        accessor = {"bufferView": number, "componentType": kind, "count": len(array), "type": shape}
        if number == 0:
            low, high = array.min(axis=0).tolist(), array.max(axis=0).tolist()
            accessor |= {"min": low, "max": high}
        accessors.append(accessor)
        at += array.nbytes
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "materials": [
            {"doubleSided": True, "pbrMetallicRoughness": {"metallicFactor": 0}},
        ],
        "buffers": [{"byteLength": length}],
        "bufferViews": views,
        "accessors": accessors,
    }


def packed(about: dict[str, Any], data: bytes) -> bytes:
    """A header, the description, the numbers: each to a multiple of four bytes."""
    text = json.dumps(about, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    chunks = b"".join(
        struct.pack("<II", len(part), kind) + part
        for part, kind in ((text, 0x4E4F534A), (data, 0x004E4942))
    )
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks


def media(raw: Any, row: Any = None) -> Any:
    """What a model's own code gives for a solid, as Media: the bytes of a GLB, PLY, STL or OBJ
    file, or an object of `vertices`, `faces` and perhaps `colors`. Anything else as it is."""
    import numpy as np

    if isinstance(raw, bytes | bytearray):
        data = bytes(raw)
        kinds = (kind for start, kind in BEGINNINGS.items() if data.startswith(start))
        return {"content": data, "mime": next(kinds, "model/obj")}
    if isinstance(raw, dict) and {"vertices", "faces"} <= raw.keys():
        colours = raw.get("colors")
        if colours is not None:
            colours = np.asarray(colours, np.float32) ** 2.2  # as screens have them: to light
        corners, faces = (
            np.asarray(raw["vertices"], np.float32),
            np.asarray(raw["faces"], np.uint32),
        )
        return solid(corners, faces, colours)
    return raw
