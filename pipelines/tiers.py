"""Hardware tiers by the names of Hugging Face Space flavours, and what a Space says of its own.

Sources: huggingface_hub's `SpaceHardware`, its `JobHardware` for the H200, and the helper variables
in the Spaces documentation.
"""

import re
from collections.abc import Mapping

from pipelines.probe import Gpu

ZERO = "zero-a10g"
TITLES = {
    "cpu-basic": "CPU Basic",
    "cpu-upgrade": "CPU Upgrade",
    ZERO: "ZeroGPU",
    "mps": "Apple silicon",
    "gpu": "GPU",
}
# Family of GPUs: its flavours as (least GPUs, least cores, flavour), smallest first.
GPU_TIERS = {
    "T4": ((1, 0, "t4-small"), (1, 8, "t4-medium")),
    "L4": ((1, 0, "l4x1"), (4, 0, "l4x4")),
    "L40S": ((1, 0, "l40sx1"), (4, 0, "l40sx4"), (8, 0, "l40sx8")),
    "A10G": (
        *((1, 0, "a10g-small"), (1, 12, "a10g-large")),
        *((2, 0, "a10g-largex2"), (4, 0, "a10g-largex4")),
    ),
    "A100": ((1, 0, "a100-large"), (4, 0, "a100x4"), (8, 0, "a100x8")),
    "H200": ((1, 0, "h200"), (2, 0, "h200x2"), (4, 0, "h200x4"), (8, 0, "h200x8")),
    "RTX PRO 6000": (
        *((1, 0, "rtx-pro-6000"), (2, 0, "rtx-pro-6000x2")),
        *((4, 0, "rtx-pro-6000x4"), (8, 0, "rtx-pro-6000x8")),
    ),
}
FLAVOURS = {"cpu-basic", "cpu-upgrade", ZERO}.union(
    tier for rows in GPU_TIERS.values() for _, _, tier in rows
)


def tier_of(environ: Mapping[str, str], device: str, gpus: tuple[Gpu, ...], threads: int) -> str:
    """The Space's own flavour, else the nearest to what is in use."""
    named = flavour(environ)
    if named in FLAVOURS:
        return named
    nearest = nearest_tier(device, gpus, threads)
    # A name that is not listed may be a whole family ("l4") or a flavour of tomorrow.
    return named if names_gpu(named) and nearest == "gpu" else nearest


def nearest_tier(device: str, gpus: tuple[Gpu, ...], threads: int) -> str:
    """The flavour most like this hardware; "gpu" or "mps" where Spaces have none like it."""
    if device == "mps":
        return "mps"
    if device == "cpu":
        return "cpu-upgrade" if threads >= 8 else "cpu-basic"
    for family, rows in GPU_TIERS.items():
        if all(re.search(rf"\b{family}\b", gpu.name) for gpu in gpus):
            fitting = [row for row in rows if row[0] <= len(gpus) and row[1] <= threads]
            return fitting[-1][2]
    return "gpu"


def flavour(environ: Mapping[str, str]) -> str:
    """The flavour that a Space says it runs on; empty outside a Space or if it names none."""
    if in_zero(environ):
        return ZERO
    named = environ.get("ACCELERATOR", "").strip() if in_space(environ) else ""
    return "" if named.lower() == "none" else named


def names_gpu(flavour: str) -> bool:
    return bool(flavour) and not flavour.startswith("cpu-")


def in_space(environ: Mapping[str, str]) -> bool:
    return environ.get("SYSTEM") == "spaces"


def in_zero(environ: Mapping[str, str]) -> bool:
    """Whether the `spaces` package takes this for ZeroGPU, by the very words that it accepts."""
    return environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
