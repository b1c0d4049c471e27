"""How much memory a model will take, foretold from its files without loading them.

Source of the header: the safetensors format, 8 bytes of length (little endian) and that much JSON.
"""

import json
import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.models.listing import PICKLES, listing
from pipelines.models.needed import is_other, safe_weights

BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8,
    "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8,
}  # fmt: skip
CAST = ("F32", "F16", "BF16")  # what a loader brings into the number format it was told
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
MAX_HEAD = 20_000_000  # bytes: a hundred thousand tensors; the format allows five times that
LARGEST = 1 << 50  # bytes: no weights are as large as that, whatever a header says
MARGIN = 1.1  # buffers, and what the allocator rounds up
BASE = 96_000_000  # bytes: tokenizer, configuration, the library's own start


def predict(folder: Path, dtype: str) -> int:
    """Bytes that the model in `folder` will take when it is loaded in `dtype`."""
    found = {name: size for name, (size, _) in listing(folder).items()}
    files = {name: size for name, size in found.items() if not is_other(name)}
    weights = safe_weights(files) or {name for name in files if name.endswith(PICKLES)}
    return foretold(sum(loaded_size(folder / name, files[name], dtype) for name in weights))


def foretold(weights: int) -> int:
    return int(weights * MARGIN) + BASE


def at_least(sizes: Mapping[str, int], dtype: str) -> int:
    """The least that a download of these files can take in memory: its weights may be stored wider
    than they will be loaded, but never narrower than that by more than half."""
    weights = safe_weights(dict(sizes)) or {name for name in sizes if name.endswith(PICKLES)}
    stored = sum(sizes[name] for name in weights)
    return stored * BYTES[dtype] // 4


def loaded_size(path: Path, size: int, dtype: str) -> int:
    """Bytes in memory of one weights file; its size on disk where it says nothing else."""
    if path.suffix != ".safetensors":
        return size
    try:
        tensors = header(path).items()
        whole = sum(tensor_size(each, dtype) for name, each in tensors if name != "__metadata__")
        return whole if whole < LARGEST else size
    except Exception:  # a damaged file can say about anything: the loader will complain
        return size


def header(path: Path) -> Mapping[str, Any]:
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > MAX_HEAD:
            raise ValueError("the header is too long")
        found: Mapping[str, Any] = json.loads(file.read(length))
        return found


def tensor_size(tensor: Mapping[str, Any], dtype: str) -> int:
    kind, shape = tensor["dtype"], tensor["shape"]
    if any(length < 0 for length in shape):
        raise ValueError("a tensor of negative size")
    width = BYTES[dtype] if kind in CAST else BITS[kind] / 8
    return int(count(shape) * width)


def count(shape: Iterable[int]) -> int:
    return math.prod(shape)
