"""The smallest hardware of a Space that a model fits on.

Source: "Spaces overview" of the Hub's documentation, as of August 2026. A flavour has main memory
(`cpu-`) or the memory of its GPUs together; a GB is 2^30 bytes.
"""

from collections.abc import Mapping

from pipelines.engine.memory import GPU_RESERVE, MAIN_RESERVE, SERVER
from pipelines.tiers import FLAVOURS, names_gpu

GB = 1 << 30
# From the cheapest to the dearest.
SIZES = {
    "cpu-basic": 16, "cpu-upgrade": 32, "t4-small": 16, "l4x1": 24, "l40sx1": 48, "a100-large": 80,
    "l4x4": 96, "l40sx4": 192, "a100x4": 320, "a100x8": 640,
}  # fmt: skip
GPU_DTYPE, CPU_DTYPE = "float16", "float32"  # what models load in; bfloat16 is as wide as float16


def room(flavour: str) -> int:
    """Bytes that models have on it, beside the server itself."""
    whole = SIZES[flavour] * GB
    if names_gpu(flavour):
        return int(whole * (1 - GPU_RESERVE))
    return int(whole * (1 - MAIN_RESERVE)) - SERVER


def dtype_on(flavour: str) -> str:
    return GPU_DTYPE if names_gpu(flavour) else CPU_DTYPE


def smallest(needs: Mapping[str, int]) -> str:
    """The cheapest flavour with room for a model that takes `needs` bytes by number format; the
    largest where none has."""
    fitting = (name for name in SIZES if needs[dtype_on(name)] <= room(name))
    return next(fitting, list(SIZES)[-1])


def is_flavour(name: str) -> bool:
    return name in FLAVOURS
