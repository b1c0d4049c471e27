"""Recorded machines as data, then the readers on recorded files, then this very machine."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.hardware import (
    Gpu,
    Probe,
    describe_bytes,
    detect,
    probe,
    quantity,
    visible_gpus,
)
from pipelines.probe import (
    available_memory,
    build_in,
    cgroup_cores,
    cgroup_memory,
    cpu_flags,
    nvidia_gpus,
    parse_gpus,
    total_memory,
)
from pipelines.tiers import FLAVOURS

GB = 1 << 30
KB_IN_GB = 1 << 20
CUDA = "cuda 12.8"
ROWS = {
    "t4": "Tesla T4, 15360, 7.5",
    "l4": "NVIDIA L4, 23034, 8.9",
    "l40s": "NVIDIA L40S, 46068, 8.9",
    "a10g": "NVIDIA A10G, 23028, 8.6",
    "a100": "NVIDIA A100-SXM4-80GB, 81920, 8.0",
    "h200": "NVIDIA H200, 143771, 9.0",
    "4090": "NVIDIA GeForce RTX 4090, 24564, 8.9",
    "pro": "NVIDIA RTX PRO 6000 Blackwell Server Edition, 97887, 12.0",
    "gh200": "NVIDIA GH200 480GB, 97871, 9.0",
}


def smi(*names: str) -> str:
    """What nvidia-smi prints on a machine with these GPUs."""
    return "".join(f"{ROWS[name]}, GPU-{at}{at}{at}-{name}\n" for at, name in enumerate(names))


def gpus(*names: str) -> tuple[Gpu, ...]:
    return parse_gpus(smi(*names), shared=0)


def machine(cores: int, gigabytes: int, *cards: str, torch: str | None = CUDA) -> Probe:
    return Probe(cores, gigabytes * GB, gpus=gpus(*cards), torch_build=torch)


def space(flavour: str, cores: str, memory: str, *cards: str) -> Probe:
    """A Space may see the cores and memory of its host: the variables say what is its own."""
    own = {"SYSTEM": "spaces", "ACCELERATOR": flavour, "CPU_CORES": cores, "MEMORY": memory}
    return replace(machine(64, 500, *cards), environ=own)


def masked(read: Probe, mask: str) -> Probe:
    return replace(read, environ={"CUDA_VISIBLE_DEVICES": mask})


LAPTOP = machine(8, 31)
CONTAINER = replace(machine(32, 125, torch="cpu"), cgroup_cores=2.0, cgroup_memory=16 * GB)
MAC = replace(machine(10, 32, torch="cpu"), system="Darwin", machine="arm64")
H200 = machine(16, 128, "h200")
ZERO = space("zero-a10g", "8", "64Gi")
ZERO = replace(ZERO, environ={**ZERO.environ, "SPACES_ZERO_GPU": "true"})

RECORDED = {
    "laptop": (LAPTOP, "cpu-upgrade", "cpu", "float32", 8, 31),
    "container": (CONTAINER, "cpu-basic", "cpu", "float32", 2, 16),
    "half a core": (replace(LAPTOP, cgroup_cores=0.5), "cpu-basic", "cpu", "float32", 1, 31),
    "loose limits": (
        *(replace(LAPTOP, cgroup_cores=64.0, cgroup_memory=900 * GB), "cpu-upgrade"),
        *("cpu", "float32", 8, 31),
    ),
    "Space cpu-basic": (space("none", "2", "16Gi"), "cpu-basic", "cpu", "float32", 2, 16),
    "Space cpu-upgrade": (space("none", "8", "32Gi"), "cpu-upgrade", "cpu", "float32", 8, 32),
    "Space t4-small": (space("t4-small", "4", "15Gi", "t4"), "t4-small", "cuda", "float16", 4, 15),
    "Space a10g-large": (
        *(space("a10g-large", "12", "46Gi", "a10g"), "a10g-large", "cuda", "bfloat16", 12, 46),
    ),
    "Space l4x4": (space("l4x4", "48", "186Gi", *["l4"] * 4), "l4x4", "cuda", "bfloat16", 48, 186),
    "Space of a family": (space("l4", "8", "30Gi", "l4"), "l4x1", "cuda", "bfloat16", 8, 30),
    "Space of tomorrow": (
        space("b900x1", "8", "30Gi", "4090"),
        "b900x1",
        "cuda",
        "bfloat16",
        8,
        30,
    ),
    "Space without its GPU": (space("t4-small", "4", "15Gi"), "t4-small", "cpu", "float32", 4, 15),
    "ZeroGPU": (ZERO, "zero-a10g", "cuda", "bfloat16", 8, 64),
    "H200": (H200, "h200", "cuda", "bfloat16", 16, 128),
    "8 H200": (machine(192, 2000, *["h200"] * 8), "h200x8", "cuda", "bfloat16", 192, 2000),
    "T4 and 4 cores": (machine(4, 15, "t4"), "t4-small", "cuda", "float16", 4, 15),
    "T4 and 8 cores": (machine(8, 30, "t4"), "t4-medium", "cuda", "float16", 8, 30),
    "2 L40S": (machine(16, 60, "l40s", "l40s"), "l40sx1", "cuda", "bfloat16", 16, 60),
    "2 A10G": (machine(8, 60, "a10g", "a10g"), "a10g-largex2", "cuda", "bfloat16", 8, 60),
    "A100": (machine(12, 142, "a100"), "a100-large", "cuda", "bfloat16", 12, 142),
    "RTX PRO 6000": (machine(24, 200, "pro"), "rtx-pro-6000", "cuda", "bfloat16", 24, 200),
    "RTX 4090": (machine(16, 64, "4090"), "gpu", "cuda", "bfloat16", 16, 64),
    "GH200": (machine(72, 480, "gh200"), "gpu", "cuda", "bfloat16", 72, 480),
    "old beside new": (machine(16, 64, "t4", "l4"), "gpu", "cuda", "float16", 16, 64),
    "H200, torch for CPU": (
        *(machine(16, 128, "h200", torch="cpu"), "cpu-upgrade", "cpu", "float32", 16, 128),
    ),
    "H200, no torch": (
        machine(16, 128, "h200", torch=None),
        "cpu-upgrade",
        "cpu",
        "float32",
        16,
        128,
    ),
    "H200 hidden": (masked(H200, ""), "cpu-upgrade", "cpu", "float32", 16, 128),
    "Mac": (MAC, "mps", "mps", "float16", 10, 32),
    "Mac without torch": (replace(MAC, torch_build=None), "cpu-upgrade", "cpu", "float32", 10, 32),
    "Intel Mac": (replace(MAC, machine="x86_64"), "cpu-upgrade", "cpu", "float32", 10, 32),
}


@pytest.mark.parametrize(
    ("read", "tier", "device", "dtype", "threads", "gigabytes"), RECORDED.values(), ids=RECORDED
)
def test_recorded_machine(
    read: Probe, tier: str, device: str, dtype: str, threads: int, gigabytes: int
) -> None:
    found = detect(read)
    assert (found.tier, found.device, found.dtype) == (tier, device, dtype)
    assert (found.threads, found.memory) == (threads, gigabytes * GB)
    assert found.reason.endswith(".")
    assert found.dtype in found.reason


def test_gpus_are_those_in_use() -> None:
    assert [gpu.name for gpu in detect(H200).gpus] == ["NVIDIA H200"]
    assert len(detect(RECORDED["Space l4x4"][0]).gpus) == 4
    for idle in ("laptop", "Mac", "H200 hidden", "H200, torch for CPU"):
        assert detect(RECORDED[idle][0]).gpus == ()


def test_only_zero_gpu_is_zero() -> None:
    assert [name for name, (read, *_) in RECORDED.items() if detect(read).zero] == ["ZeroGPU"]
    # A GPU that the main process happens to see is not this process's to use.
    assert detect(replace(ZERO, gpus=gpus("pro"))).gpus == ()


def test_zero_gpu_without_cuda_in_torch_computes_on_the_cpu() -> None:
    found = detect(replace(ZERO, torch_build="cpu"))
    assert (found.tier, found.device, found.zero) == ("zero-a10g", "cpu", True)


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        (
            CONTAINER,
            "CPU Basic: 2 cores and 16 GB by the cgroup limit; no GPU found. "
            "float32, the exact choice on CPU.",
        ),
        (space("none", "2", "16Gi"), "CPU Basic: 2 cores and 16 GB by the Space's limit; no GPU"),
        (replace(LAPTOP, cgroup_memory=4 * GB), "8 cores, and 4 GB by the cgroup limit"),
        (replace(LAPTOP, cgroup_cores=1.5), "1 core by the cgroup limit, and 31 GB"),
        (H200, "h200: 16 cores and 128 GB; NVIDIA H200 with 140 GB. bfloat16, native"),
        (RECORDED["Space l4x4"][0], "4 x NVIDIA L4 with 22 GB each"),
        (RECORDED["old beside new"][0], "Tesla T4 with 15 GB and NVIDIA L4 with 22 GB"),
        (RECORDED["T4 and 4 cores"][0], "compute capability 8.0 and this is 7.5; set --dtype"),
        (RECORDED["H200, torch for CPU"][0], "left idle: the installed torch is a cpu build, so"),
        (RECORDED["H200, no torch"][0], "left idle: torch is not installed, so install"),
        (RECORDED["H200 hidden"][0], "NVIDIA H200 with 140 GB hidden by CUDA_VISIBLE_DEVICES"),
        (RECORDED["Space without its GPU"][0], "no GPU found, although this Space is t4-small"),
        (ZERO, "ZeroGPU: 8 cores and 64 GB by the Space's limit; a GPU lent for each call."),
        (MAC, "Apple silicon: 10 cores and 32 GB; its GPU shares the main memory. float16"),
        (replace(LAPTOP, gpu_trouble="nvidia-smi answers: x"), "found (nvidia-smi answers: x)"),
    ],
)
def test_reason(read: Probe, sentence: str) -> None:
    assert sentence in detect(read).reason


def test_space_variables_count_in_a_space_only() -> None:
    named = {"ACCELERATOR": "t4-small", "CPU_CORES": "1", "MEMORY": "1Gi"}
    assert detect(replace(LAPTOP, environ=named)) == detect(LAPTOP)


@pytest.mark.parametrize("memory", ["", "plenty", "15 GiB", "-1Gi", "0", "1e3", "15Gi15"])
def test_malformed_memory_limits_nothing(memory: str) -> None:
    found = detect(space("none", "many", memory))
    assert (found.threads, found.memory) == (64, 500 * GB)


@pytest.mark.parametrize(
    ("text", "number"),
    [("15Gi", 15 * GB), ("512Mi", 512 << 20), ("2G", 2e9), ("1.5", 1.5), ("64", 64), (None, None)],
)
def test_quantity(text: str | None, number: float | None) -> None:
    assert quantity(text) == number


def test_overrides_that_can_be_honoured() -> None:
    on_cpu = detect(H200, device="cpu")
    assert (on_cpu.tier, on_cpu.device, on_cpu.dtype) == ("cpu-upgrade", "cpu", "float32")
    assert on_cpu.gpus == ()
    assert "NVIDIA H200 with 140 GB, unused because device is set to cpu" in on_cpu.reason
    assert detect(H200, device="cuda") == detect(H200)
    assert detect(MAC, device="mps") == detect(MAC)
    assert detect(MAC, device="cpu").device == "cpu"
    assert detect(ZERO, device="cuda").zero
    half = detect(H200, dtype="float16")
    assert half.dtype == "float16"
    assert half.reason.endswith("float16, as set.")


@pytest.mark.parametrize(
    ("read", "device", "sentence"),
    [
        (LAPTOP, "cuda", "device is set to cuda.*no GPU found.*TAGLINE_DEVICE to auto or cpu$"),
        (LAPTOP, "mps", "device is set to mps"),
        (H200, "mps", "NVIDIA H200.*to auto, cuda or cpu$"),
        (MAC, "cuda", "shares the main memory.*to auto, mps or cpu$"),
        (masked(H200, "-1"), "cuda", "hidden by CUDA_VISIBLE_DEVICES"),
        (replace(H200, torch_build="cpu"), "cuda", "is a cpu build, so install one with CUDA"),
        (replace(H200, torch_build="rocm 6.4"), "cuda", "is a rocm 6.4 build"),
    ],
)
def test_overrides_that_cannot(read: Probe, device: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        detect(read, device=device)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        ("0", ["a100"]),
        ("1,0", ["l4", "a100"]),
        (" 2 ", ["t4"]),
        ("0,7,1", ["a100"]),
        ("0,2,-1,1", ["a100", "t4"]),
        ("1,1", []),
        ("", []),
        ("-1", []),
        ("none", []),
        ("GPU-111", ["l4"]),
        ("GPU-222-t4,GPU-0", ["t4", "a100"]),
        ("GPU-", []),
        ("MIG-5c1f", ["a100"]),
    ],
)
def test_visible_gpus(mask: str, names: list[str]) -> None:
    present = machine(8, 64, "a100", "l4", "t4")
    visible = visible_gpus(masked(present, mask))
    assert [gpu.uuid.split("-")[-1] for gpu in visible] == names


def test_every_gpu_is_visible_without_a_mask() -> None:
    assert len(visible_gpus(machine(8, 64, "a100", "l4", "t4"))) == 3


@pytest.mark.parametrize(
    "said",
    [
        "",
        "No devices were found",
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure",
        'Field "compute_cap" is not a valid field to query.',
        "NVIDIA L4, 23034",
        "NVIDIA L4, lots, 8.9, GPU-1",
        "NVIDIA L4, 23034, new, GPU-1",
    ],
)
def test_malformed_rows_are_no_gpus(said: str) -> None:
    assert parse_gpus(said, shared=GB) == ()
    assert parse_gpus(f"{said}\n{smi('l4')}", shared=GB) == gpus("l4")


def test_a_gpu_without_its_own_memory_shares_the_main_one() -> None:
    row = "NVIDIA GB10, [N/A], 12.1, GPU-1"
    assert parse_gpus(row, shared=119 * GB) == (Gpu("NVIDIA GB10", 119 * GB, (12, 1), "GPU-1"),)


def tool(folder: Path, script: str) -> str:
    """A PATH on which nvidia-smi is the only program."""
    path = folder / "nvidia-smi"
    path.write_text(script)
    path.chmod(0o755)
    return str(folder)


def test_nvidia_smi_is_asked(tmp_path: Path) -> None:
    asked = f'#!/bin/sh\ncase "$*" in *--query-gpu=*--format=*) printf "{smi("h200", "l4")}";; esac'
    assert nvidia_gpus(tool(tmp_path, asked), GB) == (gpus("h200", "l4"), "")
    read = probe(environ={"PATH": tool(tmp_path, asked)})
    found = detect(replace(read, torch_build=CUDA))
    assert (found.device, len(found.gpus)) == ("cuda", 2)


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("#!/bin/sh\necho Driver/library version mismatch >&2; exit 18", "version mismatch"),
        ("#!/bin/sh\necho No devices were found", "No devices were found"),
        ("#!/bin/sh\n", "nvidia-smi answers: nothing"),
        ("#!/not/there\n", "cannot be run"),
    ],
)
def test_a_failing_nvidia_smi_says_why(tmp_path: Path, script: str, trouble: str) -> None:
    found, said = nvidia_gpus(tool(tmp_path, script), GB)
    assert found == ()
    assert trouble in said


def test_a_hanging_nvidia_smi_is_given_up(tmp_path: Path) -> None:
    hanging = tool(tmp_path, "#!/bin/sh\nexec /bin/sleep 600\n")
    assert nvidia_gpus(hanging, GB, seconds=0.2) == (
        (),
        "nvidia-smi answers: no answer within 0.2 seconds",
    )


def test_no_nvidia_smi_is_no_trouble(tmp_path: Path) -> None:
    assert nvidia_gpus(str(tmp_path), GB) == ((), "")


V2 = {
    "proc/self/cgroup": "0::/\n",
    "sys/fs/cgroup/memory.max": f"{16 * GB}\n",
    "sys/fs/cgroup/cpu.max": "200000 100000\n",
}
V2_NESTED = {
    "proc/self/cgroup": "0::/system.slice/tagline.service\n",
    "sys/fs/cgroup/system.slice/memory.max": "max\n",
    "sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
    "sys/fs/cgroup/system.slice/tagline.service/memory.max": f"{8 * GB}\n",
    "sys/fs/cgroup/system.slice/tagline.service/cpu.max": "max 100000\n",
}
V2_FREE = {
    "proc/self/cgroup": "0::/user.slice/user-1000.slice/user@1000.service\n",
    "sys/fs/cgroup/user.slice/memory.max": "max\n",
    "sys/fs/cgroup/user.slice/cpu.max": "max 100000\n",
}
V1 = {
    "proc/self/cgroup": "11:memory:/docker/4f2a\n3:cpu,cpuacct:/docker/4f2a\n1:name=systemd:/\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 * GB}\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}
V1_NESTED = {
    "proc/self/cgroup": "4:memory:/batch/job\n2:cpu,cpuacct:/batch/job\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "sys/fs/cgroup/memory/batch/memory.limit_in_bytes": f"{2 * GB}\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    "sys/fs/cgroup/cpu/batch/job/cpu.cfs_quota_us": "50000\n",
    "sys/fs/cgroup/cpu/batch/job/cpu.cfs_period_us": "100000\n",
}
GVISOR = {
    "proc/self/cgroup": "4:memory:/\n1:cpu:/\n0::/\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "0\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}
HYBRID = {**V1, "proc/self/cgroup": "4:memory:/\n1:cpu:/\n0::/init.scope\n"}
UNLISTED = {name: text for name, text in V2.items() if name.startswith("sys/")}
OUTSIDE = {**V2, "proc/self/cgroup": "0::/../../host.slice\n"}
BROKEN = {
    "proc/self/cgroup": "nonsense\n\n",
    "sys/fs/cgroup/memory.max": "much\n",
    "sys/fs/cgroup/cpu.max": "100000 0\n",
}


def recorded(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "cores", "gigabytes"),
    [
        pytest.param(V2, 2.0, 16, id="v2"),
        pytest.param(V2_NESTED, 1.5, 8, id="v2 nested"),
        pytest.param(V2_FREE, None, None, id="v2 without limits"),
        pytest.param(V1, 4.0, 4, id="v1"),
        pytest.param(V1_NESTED, 0.5, 2, id="v1 nested"),
        pytest.param(GVISOR, None, None, id="gVisor"),
        pytest.param(HYBRID, 4.0, 4, id="hybrid"),
        pytest.param(OUTSIDE, 2.0, 16, id="own group outside the mount"),
        pytest.param(UNLISTED, 2.0, 16, id="no list of own groups"),
        pytest.param(BROKEN, None, None, id="malformed"),
        pytest.param({}, None, None, id="no cgroups"),
    ],
)
def test_cgroup_limits(
    tmp_path: Path, files: dict[str, str], cores: float | None, gigabytes: int | None
) -> None:
    root = recorded(tmp_path, files)
    assert cgroup_cores(root) == cores
    assert cgroup_memory(root) == (gigabytes and gigabytes * GB)


FREE = {"proc/meminfo": f"MemFree: 5 kB\nMemAvailable:   {20 * KB_IN_GB} kB\n"}
V2_USED = {
    "proc/self/cgroup": "0::/system.slice/tagline.service\n",
    "sys/fs/cgroup/system.slice/memory.max": f"{16 * GB}\n",
    "sys/fs/cgroup/system.slice/memory.current": f"{5 * GB}\n",
    "sys/fs/cgroup/system.slice/memory.stat": f"anon 7\ninactive_file {GB}\nactive_file 9\n",
    "sys/fs/cgroup/system.slice/tagline.service/memory.max": "max\n",
    "sys/fs/cgroup/system.slice/tagline.service/memory.current": f"{4 * GB}\n",
}
V2_FULL = V2_USED | {
    "sys/fs/cgroup/system.slice/tagline.service/memory.max": f"{3 * GB}\n",
}
V1_USED = {
    "proc/self/cgroup": "11:memory:/docker/4f2a\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 * GB}\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{3 * GB}\n",
    "sys/fs/cgroup/memory/memory.stat": f"inactive_file 7\ntotal_inactive_file {2 * GB}\n",
}
V1_FREE = V1_USED | {"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}
NO_STAT = {name: text for name, text in V2_USED.items() if not name.endswith("stat")}
NO_USE = {name: text for name, text in V2_USED.items() if not name.endswith("current")}


@pytest.mark.parametrize(
    ("files", "gigabytes"),
    [
        pytest.param({}, 20, id="no cgroups"),
        pytest.param(V2_USED, 12, id="v2 by its parent's limit"),
        pytest.param(V2_FULL, 0, id="v2 beyond its limit"),
        pytest.param(V2_FREE, 20, id="v2 without limits"),
        pytest.param(NO_STAT, 11, id="v2 that tells no caches"),
        pytest.param(NO_USE, 20, id="v2 that tells no use"),
        pytest.param(V1_USED, 3, id="v1"),
        pytest.param(V1_FREE, 20, id="v1 without limits"),
        pytest.param(BROKEN, 20, id="malformed"),
        pytest.param(
            V2_USED | {"sys/fs/cgroup/system.slice/memory.max": f"{99 * GB}"}, 20, id="loose"
        ),
    ],
)
def test_memory_that_programs_can_still_take(
    tmp_path: Path, files: dict[str, str], gigabytes: int
) -> None:
    assert available_memory(recorded(tmp_path, FREE | files)) == gigabytes * GB


def test_where_no_meminfo_is_the_system_is_asked(tmp_path: Path) -> None:
    assert 0 < available_memory(tmp_path) <= total_memory(Path("/"))


@pytest.mark.parametrize(
    ("cpuinfo", "flags"),
    [
        (
            "processor\t: 0\nflags\t\t: fpu avx2 amx_bf16 avx512_bf16 avx512_vnni\n",
            ("amx_bf16", "avx2", "avx512_bf16", "avx512_vnni"),
        ),
        ("processor\t: 0\nFeatures\t: fp asimd sve i8mm bf16\n", ("bf16", "i8mm", "sve")),
        ("", ()),
    ],
)
def test_cpu_flags(tmp_path: Path, cpuinfo: str, flags: tuple[str, ...]) -> None:
    assert cpu_flags(recorded(tmp_path, {"proc/cpuinfo": cpuinfo})) == flags


def test_a_recorded_machine_is_read_whole(tmp_path: Path) -> None:
    files = {**V2, "proc/meminfo": "MemTotal:       131072000 kB\nMemFree: 1 kB\n"}
    environ = {"PATH": str(tmp_path), "SYSTEM": "spaces", "HF_TOKEN": "hf_secret"}
    read = probe(recorded(tmp_path, files), environ)
    assert (read.total_memory, read.cgroup_memory) == (131072000 * 1024, 16 * GB)
    assert (read.cgroup_cores, read.gpus) == (2.0, ())
    assert read.environ == {"SYSTEM": "spaces"}


@pytest.mark.parametrize(
    ("version_py", "build"),
    [
        (
            "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None",
            "cpu",
        ),
        ("__version__ = '2.13.0+cu128'\ncuda: Optional[str] = '12.8'\nhip = None\n", "cuda 12.8"),
        ("cuda: str | None = None\nhip: str | None = '6.4.43482'\n", "rocm 6.4.43482"),
        ("", "cpu"),
    ],
)
def test_torch_build(version_py: str, build: str) -> None:
    assert build_in(version_py) == build


@pytest.mark.parametrize(
    ("count", "words"),
    [(16 * GB, "16 GB"), (7 * GB + GB // 2, "7.5 GB"), (4 * GB, "4 GB"), (512 << 20, "512 MB")],
)
def test_describe_bytes(count: int, words: str) -> None:
    assert describe_bytes(count) == words


def test_every_flavour_of_the_hub_is_known() -> None:
    from huggingface_hub import SpaceHardware

    assert {flavour.value for flavour in SpaceHardware} <= FLAVOURS


def test_this_machine() -> None:
    read = probe()
    found = detect(read)
    assert 1 <= found.threads <= (os.cpu_count() or 1)
    assert 0 < found.memory <= read.total_memory == total_memory(Path("/"))
    assert 0 < available_memory() <= found.memory
    assert detect(read) == found
    assert hash(found) == hash(detect(read))


def test_torch_is_not_imported() -> None:
    code = (
        "import sys; from pipelines.hardware import detect, probe; detect(probe()); "
        "print([name for name in ('torch', 'transformers', 'numpy') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
