"""What it costs a call that its model lives in another process."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import noise
from benchmarks.duo import Duo
from benchmarks.models import EMBEDDER, IRIS, SEER, call, noise_picture, on_board, on_the_cpu
from benchmarks.peers import SOURCE
from benchmarks.start import Sample
from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.engine.processes import ProcessHost, work
from pipelines.kinds.outputs import output_kind

INLINE, WORKER, MORE = "inline", "worker", "difference"
EMPTY, FULL = "empty", "1 MB"
MB = 1_000_000
CLOSE = 0.001  # distance of two answers, by their output kind
FLOWER = {
    "sepal length (cm)": [5.1],
    "sepal width (cm)": [3.5],
    "petal length (cm)": [1.4],
    "petal width (cm)": [0.2],
}
ROW, TEXT, PICTURE = "a row to a class", "a text to a vector", "1 MB picture to labels"
QUESTIONS: Mapping[str, Callable[[Path], Call]] = {
    ROW: lambda home: call(on_board(IRIS, home), "tabular-classification", {"data": FLOWER}),
    TEXT: lambda home: call(on_board(EMBEDDER, home), "feature-extraction", SOURCE),
    PICTURE: lambda home: call(on_board(SEER, home), "image-classification", noise_picture()),
}


class Hop:
    """The same calls in this process and through a worker, one after the other in turn."""

    def __init__(self, duo: Duo, home: Path) -> None:
        self.duo = duo
        self.calls = {name: ask(home) for name, ask in QUESTIONS.items()}
        self.host = duo.run(self.load())
        for name in QUESTIONS:
            self.check(name)

    async def load(self) -> ProcessHost:
        host = await self.duo.placement.start(self.calls[ROW], on_the_cpu(1), lambda size: None)
        assert isinstance(host, ProcessHost)
        return host

    def check(self, name: str) -> None:
        """Loads the model in both places. Raises RuntimeError unless both answer the same."""
        asked = self.calls[name]
        ours, theirs = (
            self.duo.run(engine.predict(asked)).values[0]
            for engine in (self.duo.workers, self.duo.inline)
        )
        apart = output_kind(asked.task.output).distance(ours, theirs)
        if not apart < CLOSE:
            raise RuntimeError(f"{name}: the answers differ by {apart:.4f}.")

    def measure(self, name: str, pairs: int) -> Sample:
        """Medians in ms over `pairs` of calls; the difference is the median of each pair's."""
        before = noise.read_family()
        times = self.duo.run(self.pairs(self.calls[name], pairs))
        return Sample(summary(times), noise.foreign(before, noise.read_family()))

    async def pairs(self, asked: Call, count: int) -> list[tuple[float, float]]:
        found = []
        for number in range(count):
            engines = (self.duo.inline, self.duo.workers)
            order = (0, 1) if number % 2 else (1, 0)
            taken = {i: await timed(engines[i], asked) for i in order}
            found.append((taken[0], taken[1]))
        return found

    def measure_bare(self, rounds: int) -> Sample:
        """Medians in ms of round trips without any work: empty, and with 1 MB on the way there."""
        before = noise.read_family()
        times = self.duo.run(self.trips(rounds))
        return Sample(times, noise.foreign(before, noise.read_family()))

    async def trips(self, rounds: int) -> dict[str, float]:
        beside = {EMPTY: b"", FULL: bytes(MB)}
        return {
            name: median([await trip(self.host, self.calls[ROW], data) for _ in range(rounds)])
            for name, data in beside.items()
        }

    async def close(self) -> None:
        await self.host.close()


async def timed(engine: Engine, asked: Call) -> float:
    """Milliseconds from the call to its answer."""
    start = time.perf_counter()
    await engine.predict(asked)
    return (time.perf_counter() - start) * 1000


async def trip(host: ProcessHost, asked: Call, beside: bytes) -> float:
    """Milliseconds for a batch of no inputs there and back; a worker does not look at `beside`."""
    nothing: dict[str, Any] = work(replace(asked, inputs=[]), 1)
    start = time.perf_counter()
    number, replies = host.send("run", nothing | {"beside": beside})
    host.result(number, await asyncio.wait_for(replies.get(), 60))
    return (time.perf_counter() - start) * 1000


def summary(times: list[tuple[float, float]]) -> dict[str, float]:
    """Of pairs (inline, worker)."""
    return {
        INLINE: median(inline for inline, _ in times),
        WORKER: median(worker for _, worker in times),
        MORE: median(worker - inline for inline, worker in times),
    }
