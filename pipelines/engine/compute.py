"""How many calls compute at a time on this machine, all models together, and on how many cores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipelines.hardware import Hardware

LEAST = 4  # so that one long answer on a small machine does not hold up every other model
PER_GPU = 4  # beyond, calls only take turns on the same GPU, each with memory of its own


class Compute:
    """Each call gets a fair part of the cores as it begins; the last parts are one core each."""

    def __init__(self, hardware: Hardware) -> None:
        self.threads = hardware.threads
        gpus = PER_GPU * max(1, len(hardware.gpus))
        self.most = gpus if hardware.device == "cuda" else max(LEAST, hardware.threads)
        self.places = asyncio.Semaphore(self.most)
        self.running = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Waits for a place; gives the threads to compute with."""
        async with self.places:
            self.running += 1
            try:
                yield max(1, self.threads // self.running)
            finally:
                self.running -= 1
