"""`python -m benchmarks.overhead`: what HTTP and the server around it cost one client.

A row to a class, over HTTP and as a bare call of the same model in this process, in turn; and the
seconds of a core that the server itself takes for a request.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from benchmarks import noise
from benchmarks.claims import within
from benchmarks.embeddings import reached
from benchmarks.hop import FLOWER
from benchmarks.load import asked
from benchmarks.models import IRIS, call, on_board, on_the_cpu
from benchmarks.process import free_port, running, serve
from benchmarks.start import machine, versions
from docs.generate import table
from pipelines.task import Task

ALLOWED = 2.0  # ms that HTTP may add
MANY = 16  # clients
TASK = "tabular-classification"
BODY = {"inputs": {"data": FLOWER}}


@dataclass
class Found:
    """Medians of rounds, in ms: an answer over HTTP, the bare call, and what one request takes of a
    core, for one client and for many."""

    http: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    core: list[float] = field(default_factory=list)
    core_many: list[float] = field(default_factory=list)

    @property
    def more(self) -> float:
        """The median of each round's difference."""
        return median(one - other for one, other in zip(self.http, self.bare, strict=True))


class Bare:
    """The model in this process, with nothing around it but its task."""

    def __init__(self, home: Path) -> None:
        self.call = call(on_board(IRIS, home), TASK, BODY["inputs"])
        self.task: Task = self.call.task
        self.pipe = self.task.loader(self.call.model)(self.call.model, on_the_cpu(1))

    def times(self, seconds: float) -> list[float]:
        """Milliseconds of each call."""
        found, until = list[float](), time.perf_counter() + seconds
        while time.perf_counter() < until:
            start = time.perf_counter()
            self.task.run(self.pipe, self.call.inputs, self.call.params)
            found.append((time.perf_counter() - start) * 1000)
        return found


def measure(rounds: int, seconds: float, home: Path) -> Found:
    found, bare, port = Found(), Bare(home), free_port()
    url, bodies = f"http://127.0.0.1:{port}/models/{IRIS}", [json.dumps(BODY).encode()]
    with running(home, *serve(port)) as server:
        reached(url, BODY)
        asked(url, bodies, MANY, 1)  # not counted
        process = psutil.Process(server.pid)
        for number in range(rounds):
            before = noise.read_family()
            found.bare.append(median(bare.times(seconds)))
            answers, core = loaded(process, url, bodies, 1, seconds)
            found.http.append(answers)
            found.core.append(core)
            found.core_many.append(loaded(process, url, bodies, MANY, seconds)[1])
            others = noise.foreign(before, noise.read_family()) or 0.0
            print(f"round {number + 1}  {found.http[-1]:.2f} ms over HTTP  (others: {others:.2f})")
    return found


def loaded(
    process: psutil.Process, url: str, bodies: Sequence[bytes], clients: int, seconds: float
) -> tuple[float, float]:
    """Milliseconds of an answer, and of a core for each. Raises RuntimeError where a call fails."""
    before = sum(process.cpu_times()[:2])
    found = asked(url, bodies, clients, seconds)
    if found.wrong:
        raise RuntimeError(f"{len(found.wrong)} calls failed, the first with {found.wrong[0]}.")
    core = (sum(process.cpu_times()[:2]) - before) / len(found.seconds)
    return found.quantile(0.5) * 1000, core * 1000


def report(found: Found) -> str:
    rows = [
        ["over HTTP, one client", f"{median(found.http):.2f} ms"],
        ["the bare call", f"{median(found.bare):.2f} ms"],
        ["more", f"{found.more:.2f} ms"],
        ["of a core of the server's own process, one client", f"{median(found.core):.2f} ms"],
        [f"the same, {MANY} clients", f"{median(found.core_many):.2f} ms"],
    ]
    return table(("A row to a class", ""), rows)


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often (default: 7)")
    parser.add_argument("--seconds", type=float, default=5, help="of each load (default: 5)")
    parser.add_argument("--quick", action="store_true", help="two rounds of two seconds")
    given = parser.parse_args(argv)
    rounds, seconds = (2, 2.0) if given.quick else (given.rounds, given.seconds)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        found = measure(rounds, seconds, Path(home))
    print(f"\n{report(found)}\n")
    print(within("http_overhead_of_2_ms", found.more, ALLOWED))


if __name__ == "__main__":
    main(sys.argv[1:])
