"""What a worker has of the machine: its GPUs, its threads and its memory."""

import os
from contextlib import suppress
from pathlib import Path

import psutil

from pipelines.hardware import Hardware

CONTEXT = 600_000_000  # bytes of VRAM that a CUDA context takes besides its tensors


class Means:
    """Of this process, from its start on."""

    def __init__(self) -> None:
        self.at_start = resident()
        self.threads = 0
        self.on_gpu = False

    def see_only(self, hardware: Hardware) -> None:
        """Hides the GPUs that this worker was not given; CUDA reads this when it is first used."""
        self.on_gpu = hardware.device == "cuda"
        sliced = os.environ.get("CUDA_VISIBLE_DEVICES", "").startswith("MIG-")
        if not sliced and (names := [gpu.uuid for gpu in hardware.gpus if gpu.uuid]):
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(names)

    def use(self, threads: int) -> None:
        """Computes with so many threads from now on."""
        if threads != self.threads:
            with suppress(ImportError):
                import torch

                torch.set_num_threads(threads)
            self.threads = threads

    def memory(self) -> int:
        """Bytes that the model takes: of VRAM on CUDA, else of main memory."""
        if not self.on_gpu:
            return max(0, resident() - self.at_start)
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_initialized() else 0
        return sum(torch.cuda.memory_reserved(i) + CONTEXT for i in range(count))


def resident() -> int:
    """Bytes of this process that lie in main memory."""
    return int(psutil.Process().memory_info().rss)


def go_first() -> None:
    """If the machine runs out of memory, a worker ends rather than the server. Linux only."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
