"""The hardware that models run on, decided once, with its reason, before torch is imported.

`detect` is pure: everything it knows of the machine is in a `Probe`. Source of what
CUDA_VISIBLE_DEVICES means: "CUDA Environment Variables" in NVIDIA's CUDA programming guide. A GB is
2^30 bytes here.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from pipelines.probe import Gpu as Gpu
from pipelines.probe import Probe as Probe
from pipelines.probe import probe as probe
from pipelines.tiers import TITLES, ZERO, flavour, in_space, in_zero, names_gpu, tier_of

Device = Literal["cpu", "cuda", "mps"]
Dtype = Literal["float32", "bfloat16", "float16"]

DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
UNITS = DECIMAL | {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


@dataclass(frozen=True)
class Hardware:
    """Where models run.

    `tier` is a Space flavour: in a Space its own, elsewhere the one most like what is in use.
    `threads` is how many compute at a time, `memory` the main memory that this process may use, in
    bytes. `gpus` are those that `device` uses, in CUDA's order: none on the CPU, on Apple silicon,
    which shares the main memory, and on ZeroGPU, which lends a GPU for each call. `reason` is for
    people.
    """

    tier: str
    device: Device
    dtype: Dtype
    threads: int
    memory: int
    gpus: tuple[Gpu, ...]
    cpu_flags: tuple[str, ...]
    reason: str

    @property
    def zero(self) -> bool:
        """Whether this is a ZeroGPU Space."""
        return self.tier == ZERO


def detect(
    probe: Probe,
    device: Literal["auto"] | Device = "auto",
    dtype: Literal["auto"] | Dtype = "auto",
) -> Hardware:
    """Decide from one reading of the machine, and nothing else.

    Raises ValueError, with what is present and what to set, if `device` is not to be had here.
    """
    best, finding = best_device(probe)
    chosen, finding = (best, finding) if device == "auto" else as_set(device, best, finding)
    gpus = visible_gpus(probe) if chosen == "cuda" and not in_zero(probe.environ) else ()
    threads, memory, size = room(probe)
    tier = tier_of(probe.environ, chosen, gpus, threads)
    number, why = (dtype, "as set") if dtype != "auto" else number_format(chosen, gpus)
    reason = f"{TITLES.get(tier, tier)}: {size}; {finding}. {number}, {why}."
    return Hardware(tier, chosen, number, threads, memory, gpus, probe.cpu_flags, reason)


def best_device(probe: Probe) -> tuple[Device, str]:
    """The fastest device that works here, and the finding in words."""
    gpus = visible_gpus(probe)
    zero = in_zero(probe.environ)
    if zero or gpus:
        what = "a GPU lent for each call" if zero else in_words(gpus)
        lack = missing_torch(probe.torch_build)
        return ("cpu", f"{what} left idle: {lack}") if lack else ("cuda", what)
    if probe.gpus:
        return "cpu", f"{in_words(probe.gpus)} hidden by CUDA_VISIBLE_DEVICES"
    if (probe.system, probe.machine) == ("Darwin", "arm64") and probe.torch_build:
        return "mps", "its GPU shares the main memory"
    return "cpu", no_gpu(probe)


def missing_torch(build: str | None) -> str:
    """Why the installed torch cannot use an NVIDIA GPU, and the remedy; empty if it can."""
    if build and build.startswith("cuda"):
        return ""
    what = f"the installed torch is a {build} build" if build else "torch is not installed"
    return f"{what}, so install one with CUDA (https://pytorch.org/get-started/locally)"


def no_gpu(probe: Probe) -> str:
    """That there is no GPU, with what speaks against it."""
    named = flavour(probe.environ)
    if probe.gpu_trouble:
        return f"no GPU found ({probe.gpu_trouble})"
    return f"no GPU found, although this Space is {named}" if names_gpu(named) else "no GPU found"


def as_set(device: Device, best: Device, finding: str) -> tuple[Device, str]:
    """The device that the settings ask for; raises ValueError where it is not to be had."""
    if device == best:
        return device, finding
    if device == "cpu":
        return device, f"{finding}, unused because device is set to cpu"
    offer = "auto or cpu" if best == "cpu" else f"auto, {best} or cpu"
    raise ValueError(
        f"device is set to {device}, which is not to be had here: {finding}. "
        f"Set --device or TAGLINE_DEVICE to {offer}"
    )


def number_format(device: Device, gpus: tuple[Gpu, ...]) -> tuple[Dtype, str]:
    """The weights' number format, and why.

    On Apple silicon M1 and M2 emulate bfloat16 (huggingface/transformers#40458) and macOS before 14
    lacks it (pytorch/pytorch#119641), while every chip computes in float16. Its range is small: a
    model trained in bfloat16 may overflow, so the reason names the way out.
    """
    if device == "cpu":
        return "float32", "the exact choice on CPU"
    overflow = "set --dtype float32 for a model that overflows"
    if device == "mps":
        return "float16", f"native on every Apple chip, unlike bfloat16; {overflow}"
    least = min((gpu.capability for gpu in gpus), default=(8, 0))  # ZeroGPU lends Ampere or newer
    if least >= (8, 0):
        return "bfloat16", "native on this GPU, with the range of float32"
    major, minor = least
    return (
        "float16",
        f"since bfloat16 needs compute capability 8.0 and this is {major}.{minor}; {overflow}",
    )


def visible_gpus(probe: Probe) -> tuple[Gpu, ...]:
    """GPUs that CUDA will enumerate under CUDA_VISIBLE_DEVICES.

    As CUDA reads it: nothing set shows all, the first invalid entry ends the list, a repeated one
    voids it. One process sees one MIG slice; nvidia-smi does not say which GPU it is cut from.
    """
    mask = probe.environ.get("CUDA_VISIBLE_DEVICES")
    if mask is None:
        return probe.gpus
    if mask.startswith("MIG-"):
        return probe.gpus[:1]
    picked: list[int] = []
    for entry in mask.split(","):
        index = position(probe.gpus, entry.strip())
        if index is None:
            break
        picked.append(index)
    return () if len(set(picked)) < len(picked) else tuple(probe.gpus[index] for index in picked)


def position(gpus: tuple[Gpu, ...], entry: str) -> int | None:
    """Index of the GPU that one entry names by its number or by the start of its UUID."""
    if entry.startswith("GPU-"):
        found = [index for index, gpu in enumerate(gpus) if gpu.uuid.startswith(entry)]
        return found[0] if len(found) == 1 else None
    number = re.match(r"\+?\d+", entry)
    return int(number[0]) if number and int(number[0]) < len(gpus) else None


def room(probe: Probe) -> tuple[int, int, str]:
    """Threads to compute with, bytes of main memory to use, and both in words.

    A part of a core is not counted: threads beyond the quota are stopped until the next period.
    """
    space = probe.environ if in_space(probe.environ) else {}
    cores, cores_by = least(probe.cores, probe.cgroup_cores, quantity(space.get("CPU_CORES")))
    memory, memory_by = least(
        probe.total_memory, probe.cgroup_memory, quantity(space.get("MEMORY"))
    )
    threads = max(1, int(cores))
    count = f"{threads} core" if threads == 1 else f"{threads} cores"
    joint = " and " if cores_by == memory_by else f"{cores_by}, and "
    return threads, int(memory), f"{count}{joint}{describe_bytes(int(memory))}{memory_by}"


def least(present: float, cgroup: float | None, space: float | None) -> tuple[float, str]:
    """The tightest of what is there and its limits, and in words whose limit that is."""
    limits = ((present, ""), (cgroup, " by the cgroup limit"), (space, " by the Space's limit"))
    return min(((value, by) for value, by in limits if value), key=lambda pair: pair[0])


def quantity(text: str | None) -> float | None:
    """A number as Kubernetes writes it ("15Gi", "500M", "2"); None if it is no such number."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]i|[kMGT]?)", (text or "").strip())
    return float(found[1]) * UNITS[found[2]] if found else None


def in_words(gpus: tuple[Gpu, ...]) -> str:
    """GPUs for people, as in "4 x NVIDIA L4 with 22 GB each"."""
    kinds = Counter((gpu.name, describe_bytes(gpu.memory)) for gpu in gpus)
    return " and ".join(
        f"{name} with {memory}" if count == 1 else f"{count} x {name} with {memory} each"
        for (name, memory), count in kinds.items()
    )


def describe_bytes(count: int) -> str:
    """Bytes for people: "16 GB", "7.5 GB", "512 MB", in powers of 1024."""
    gigabytes = count / (1 << 30)
    if gigabytes < 1:
        return f"{count / (1 << 20):.0f} MB"
    digits = 0 if gigabytes >= 10 else 1
    return f"{gigabytes:.{digits}f}".removesuffix(".0") + " GB"
