"""What models take of the memory, and what comes back when they are unloaded."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import family, held, noise
from benchmarks.alternate import alternating
from benchmarks.models import CHATTER, EMBEDDER, copies, engine, on_board, workers
from benchmarks.process import ROOT, environment
from benchmarks.start import Sample

MB = 1_000_000
COPIES = (1, 2, 4)  # workers of the same model
WHAT = {"SmolLM2-135M": (CHATTER, 1), "four times MiniLM": (EMBEDDER, 4)}
WORKERS, INLINE = "worker processes", "one process, gc.collect()"
WHERE = {WORKERS: "workers", INLINE: "inline"}  # as benchmarks.held calls them
TAKEN, RETURNED = "taken", "returned"

Held = Mapping[tuple[str, str], Sequence[Sample]]  # by what was loaded, and where


def measure_held(rounds: int, tries: int) -> Held:
    """MB taken and returned, by what was loaded where."""
    subjects = {(what, where): partial(hold, what, where) for what in WHAT for where in WHERE}
    named = {f"{what}, {where}": work for (what, where), work in subjects.items()}
    found = alternating(named, rounds, tries, "MB")
    return dict(zip(subjects, found.values(), strict=True))


def hold(what: str, where: str) -> Sample:
    """In a fresh process, so that nothing of an earlier round is left to be used again."""
    before = noise.read_family()
    model, count = WHAT[what]
    command = [sys.executable, "-m", "benchmarks.held", WHERE[where], model, str(count)]
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(Path(home)), stdout=subprocess.PIPE, check=True
        )
    figures: held.Figures = json.loads(done.stdout)
    return Sample(flows(figures), noise.foreign(before, noise.read_family()))


def flows(figures: held.Figures) -> dict[str, float]:
    """MB taken by the models, and MB that came back, by each measure."""
    found = {}
    for measure, (before, loaded, after) in figures.items():
        sign = -1 if measure == held.AVAILABLE else 1  # available memory falls as models load
        found[f"{measure} {TAKEN}"] = sign * (loaded - before) / MB
        found[f"{measure} {RETURNED}"] = sign * (loaded - after) / MB
    return found


def measure_workers(home: Path) -> Mapping[int, float]:
    """MB private to one worker of all-MiniLM-L6-v2, the median, by their number."""
    found = {}
    for count in COPIES:
        with asyncio.Runner() as runner:
            found[count] = runner.run(private(count, home))
            print(f"workers: {count}  {found[count]:.0f} MB private each", flush=True)
    return found


async def private(count: int, home: Path) -> float:
    owner = engine(await asyncio.to_thread(workers))
    try:
        for each in copies(held.QUESTIONS[EMBEDDER](home), count):
            await owner.predict(each)
        return median(map(family.uss, family.workers(os.getpid()))) / MB
    finally:
        await owner.close()


def weights(home: Path) -> float:
    """MB of the weights' file of all-MiniLM-L6-v2."""
    return (on_board(EMBEDDER, home).path / "model.safetensors").stat().st_size / MB
