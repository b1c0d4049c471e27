"""Ours beside a library, without a server: the same call, in turn, by the way that was found."""

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import noise
from benchmarks.alternate import alternating
from benchmarks.models import on_the_cpu, workers
from benchmarks.start import Sample, middle
from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from starters.__main__ import default_folder

PATIENCE = 900.0  # seconds for a faster way to be found
OURS, THEIRS, RATE = "Tagline", "library", "answers/s"


@dataclass(frozen=True)
class Effort:
    """How often both are measured, how often again when others disturb it, and how long."""

    rounds: int
    tries: int
    seconds: float


@dataclass(frozen=True)
class Beside:
    """Samples in answers a second; `way` is how ours were computed, and `answers` what they were
    then."""

    ours: Sequence[Sample]
    theirs: Sequence[Sample]
    way: str
    answers: Sequence[Any]

    @property
    def rates(self) -> tuple[float, float]:
        return middle(self.ours, RATE) or 0.0, middle(self.theirs, RATE) or float("nan")

    @property
    def ratio(self) -> float:
        return self.rates[0] / self.rates[1]


def once_each(module: str, about: str, argv: Sequence[str], short: str) -> tuple[bool, Effort]:
    """Whether a benchmark whose samples are one answer each is to be quick, and its effort."""
    parser = argparse.ArgumentParser(f"python -m {module}", description=about)
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    parser.add_argument("--tries", type=int, default=2, help="for one sample, at most (default: 2)")
    parser.add_argument("--quick", action="store_true", help=short)
    given = parser.parse_args(argv)
    return given.quick, Effort(1, 1, 0) if given.quick else Effort(given.rounds, given.tries, 0)


def models(home: Path) -> Models:
    """Those on board, and those of ours below `home`."""
    settings = Settings(
        _cli_parse_args=None, host="127.0.0.1", share=False, home=home / "tagline", offline=True,
        starters_dir=default_folder(), models_dir=(home / "models",),
    )  # fmt: skip
    return Models(settings, home / "cache")


def beside(mine: Call, plain: Callable[[], Any], home: Path, effort: Effort) -> Beside:
    """Our engine answering the call, and the library doing the same by `plain`."""
    with asyncio.Runner() as runner:
        engine = Engine(workers(), on_the_cpu(), ways=home / "ways", acceleration="auto")
        try:
            way = runner.run(quickened(engine, mine))
            answers = runner.run(engine.predict(mine)).values
            count, seconds = len(mine.inputs), effort.seconds
            sides = {
                OURS: partial(sample, lambda: runner.run(timed(engine, mine, seconds)), count),
                THEIRS: partial(sample, partial(timed_plain, plain, seconds), count),
            }
            found = alternating(sides, effort.rounds, effort.tries, RATE)
        finally:
            runner.run(engine.close())
    return Beside(found[OURS], found[THEIRS], way or "torch", answers)


async def quickened(engine: Engine, mine: Call) -> str:
    """How the model computes, once a faster way was found or it is known that there is none."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = await engine.predict(mine)
        stay = engine.staying(mine)
        if answer.backend or (stay and stay.way.looked_in_vain):
            return answer.backend
        await asyncio.sleep(0.2)
    return ""


async def timed(engine: Engine, mine: Call, seconds: float) -> list[float]:
    """Seconds of each of our calls, one after the other, for so long, or of one."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    while not times or time.perf_counter() < until:
        start = time.perf_counter()
        await engine.predict(replace(mine, backends=[]))
        times.append(time.perf_counter() - start)
    return times


def timed_plain(plain: Callable[[], Any], seconds: float) -> list[float]:
    """The same of the library's."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    while not times or time.perf_counter() < until:
        start = time.perf_counter()
        plain()
        times.append(time.perf_counter() - start)
    return times


def sample(timed: Callable[[], list[float]], count: int) -> Sample:
    """`count` answers in each of the times."""
    before = noise.read_family()
    times = timed()
    return Sample({RATE: count / median(times)}, noise.foreign(before, noise.read_family()))
