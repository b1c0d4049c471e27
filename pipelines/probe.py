"""What the machine says of itself, read without importing torch.

Sources: proc(5), cgroups(7) and the kernel's cgroup-v1 and cgroup-v2 documents,
`nvidia-smi --help-query-gpu`. Every path hangs below a `root`, so that a recorded /proc and /sys
can be read like a live one.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

VARIABLES = (
    "SYSTEM",
    "ACCELERATOR",
    "CPU_CORES",
    "MEMORY",
    "SPACES_ZERO_GPU",
    "CUDA_VISIBLE_DEVICES",
)
# The spelling of /proc/cpuinfo; the last three are Arm's.
FLAGS = {
    *("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "avx512_vnni", "avx_vnni"),
    *("amx_bf16", "amx_int8", "amx_tile"),
    *("bf16", "i8mm", "sve"),
}
UNLIMITED = 1 << 60  # cgroup v1 writes "no limit" as the largest whole number of pages below 2^63
SMI_SECONDS = 10.0  # without the persistence daemon the driver first wakes every GPU
SMI_ROW = re.compile(
    r"(?P<name>.+?), (?P<memory>\d+|\[?(?:N/A|Not Supported)\]?), (?P<major>\d+)\.(?P<minor>\d+)"
    r", (?P<uuid>\S+)"
)


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU: `memory` in bytes, `capability` as CUDA counts it, (major, minor)."""

    name: str
    memory: int
    capability: tuple[int, int]
    uuid: str = ""


@dataclass(frozen=True)
class Probe:
    """One reading of a machine, and all that `hardware.detect` decides from.

    `cores` is the process's affinity, `cgroup_cores` its share of time in cores; memory is in
    bytes; a limit is None where nothing limits. `gpus` are those of the machine, before
    CUDA_VISIBLE_DEVICES; `gpu_trouble` says why nvidia-smi listed none. `torch_build` is "cpu",
    "cuda 12.8", "rocm 6.4" or None without torch. `environ` holds VARIABLES alone.
    """

    cores: int
    total_memory: int
    system: str = "Linux"
    machine: str = "x86_64"
    cgroup_cores: float | None = None
    cgroup_memory: int | None = None
    cpu_flags: tuple[str, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    gpu_trouble: str = ""
    torch_build: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict, hash=False)


def probe(root: Path = Path("/"), environ: Mapping[str, str] = os.environ) -> Probe:
    """Read this machine, the files of /proc and /sys below `root`. Raises nothing."""
    total = total_memory(root)
    wsl = root / "usr/lib/wsl/lib"  # where WSL keeps nvidia-smi, not always on PATH
    gpus, trouble = nvidia_gpus(f"{environ.get('PATH', os.defpath)}:{wsl}", total)
    return Probe(
        cores=affinity(),
        total_memory=total,
        system=platform.system(),
        machine=platform.machine(),
        cgroup_cores=cgroup_cores(root),
        cgroup_memory=cgroup_memory(root),
        cpu_flags=cpu_flags(root),
        gpus=gpus,
        gpu_trouble=trouble,
        torch_build=torch_build(),
        environ={name: environ[name] for name in VARIABLES if name in environ},
    )


def read(path: Path) -> str:
    """The text of a file, empty where there is none to read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def affinity() -> int:
    """Cores this process may be scheduled on (all of them where the system has no affinity)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def total_memory(root: Path) -> int:
    """Main memory of the machine, in bytes."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", read(root / "proc/meminfo"), re.MULTILINE)
    if found:
        return int(found[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # macOS has no /proc


def cpu_flags(root: Path) -> tuple[str, ...]:
    """The instruction sets of the first core that a backend may want, sorted."""
    for line in read(root / "proc/cpuinfo").splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return tuple(sorted(FLAGS.intersection(flags.split())))
    return ()


def cgroup_folders(root: Path, controller: str) -> Iterator[Path]:
    """Folders whose limits bind this process: its own group's and every ancestor's.

    The mount itself always counts: in a container it is the container's group, whatever host path
    /proc/self/cgroup shows.
    """
    mount = root / "sys/fs/cgroup"
    yield from (mount, mount / controller)
    for line in read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        base = mount / controller if controllers else mount  # version 2 names no controllers
        own = base / path.strip("/")
        yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(base))


def cgroup_memory(root: Path) -> int | None:
    """The tightest memory limit of any cgroup around this process, in bytes."""
    texts = (
        read(folder / name).strip()
        for folder in cgroup_folders(root, "memory")
        for name in ("memory.max", "memory.limit_in_bytes")
    )
    limits = (int(text) for text in texts if text.isdecimal())
    return min((limit for limit in limits if 0 < limit < UNLIMITED), default=None)


def available_memory(root: Path = Path("/")) -> int:
    """Main memory that programs can still take, in bytes; file caches that can go count as free."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", read(root / "proc/meminfo"), re.MULTILINE)
    if not found:  # macOS
        import psutil

        return int(psutil.virtual_memory().available)
    rooms = map(cgroup_room, cgroup_folders(root, "memory"))
    return min(int(found[1]) * 1024, *(room for room in rooms if room is not None), 1 << 62)


def cgroup_room(folder: Path) -> int | None:
    """What one group may still take, in bytes; None where it has no limit."""
    for most, used, cache in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit, usage = read(folder / most).strip(), read(folder / used).strip()
        if limit.isdecimal() and usage.isdecimal() and 0 < int(limit) < UNLIMITED:
            found = re.search(rf"^{cache} (\d+)$", read(folder / "memory.stat"), re.MULTILINE)
            return max(0, int(limit) - int(usage) + int(found[1] if found else 0))
    return None


def cgroup_cores(root: Path) -> float | None:
    """The tightest CPU quota of any cgroup around this process, in cores."""
    quotas = map(quota, cgroup_folders(root, "cpu"))
    return min(filter(None, quotas), default=None)  # gVisor writes 0 for no quota


def quota(folder: Path) -> float | None:
    """Quota by period of one group, in cores; none where v2 says "max" and v1 says -1."""
    v1 = read(folder / "cpu.cfs_quota_us") + " " + read(folder / "cpu.cfs_period_us")
    match (read(folder / "cpu.max") or v1).split():
        case [time, period] if time.isdecimal() and period.isdecimal() and int(period):
            return int(time) / int(period)
    return None


def nvidia_gpus(
    path: str, shared: int, seconds: float = SMI_SECONDS
) -> tuple[tuple[Gpu, ...], str]:
    """GPUs that nvidia-smi lists, or none and the reason if it is there and lists none.

    `path` lists folders like PATH; `shared` is the main memory in bytes, which a GPU without its
    own uses.
    """
    tool = shutil.which("nvidia-smi", path=path)
    if not tool:
        return (), ""
    said = ask_nvidia(tool, seconds)
    gpus = parse_gpus(said, shared)
    first = next((line.strip() for line in said.splitlines() if line.strip()), "nothing")
    return gpus, "" if gpus else f"nvidia-smi answers: {first[:200]}"


def ask_nvidia(tool: str, seconds: float) -> str:
    """What nvidia-smi prints of its GPUs, rows or a complaint, if it does so in time."""
    query = "--query-gpu=name,memory.total,compute_cap,uuid"
    command = [tool, query, "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:g} seconds"
    except OSError as error:
        return f"it cannot be run ({error.strerror})"
    return done.stdout or done.stderr


def parse_gpus(rows: str, shared: int) -> tuple[Gpu, ...]:
    """GPUs from rows of `name, memory in MiB, capability, uuid`; any other line is passed over.

    GB10 and Jetson report no memory of their own ([N/A]): theirs is the machine's, `shared` bytes.
    """
    found = (SMI_ROW.fullmatch(line.strip()) for line in rows.splitlines())
    return tuple(
        Gpu(
            name=row["name"],
            memory=int(row["memory"]) << 20 if row["memory"].isdecimal() else shared,
            capability=(int(row["major"]), int(row["minor"])),
            uuid=row["uuid"],
        )
        for row in found
        if row
    )


def torch_build() -> str | None:
    """What the installed torch was built for; looking a package up does not import it."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    return build_in(read(Path(spec.origin).with_name("version.py")))


def build_in(version_py: str) -> str:
    """The build that the text of torch/version.py names: "cuda 12.8", "rocm 6.4" or "cpu".

    Not the version's suffix: the default wheel for Linux carries CUDA and has no suffix in its
    metadata.
    """
    for variable, build in (("cuda", "cuda"), ("hip", "rocm")):
        line = rf"^{variable}\b[^=\n]*=\s*['\"]([^'\"\n]+)['\"]"
        if found := re.search(line, version_py, re.MULTILINE):
            return f"{build} {found[1]}"
    return "cpu"
