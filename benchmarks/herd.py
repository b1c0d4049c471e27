"""`python -m benchmarks.herd`: what many small encoders take of the memory, and how fast they are.

Copies of all-MiniLM-L6-v2, each with a file of its own, loaded one after the other into a server.
What its processes take counts a page that several share in parts (PSS); the base is what they take
before the first model.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks import family
from benchmarks.claims import Claim
from benchmarks.models import EMBEDDER, cosine, on_board
from benchmarks.peers import SOURCE
from benchmarks.server import Server, reached, server
from benchmarks.start import machine, versions
from docs.generate import table

MOST, ALLOWED = 10, 1.4  # models, and times their weights that they may take
SETTLE = 2.0  # seconds: the kernel's own counters lag behind
MB = 1_000_000
ASKED = 20  # calls of each model
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class Step:
    """With so many models: bytes of all processes, and answers a second when they are asked in
    turn."""

    models: int
    taken: int
    rate: float


def copies(home: Path, count: int) -> list[str]:
    """Names of models that share nothing on the disk, nor in its cache."""
    folder = on_board(EMBEDDER, home).path
    names = [f"herd/number-{number}" for number in range(count)]
    for name in names:
        shutil.copytree(folder, home / "models" / name)
    return names


async def grow(ours: Server, names: Sequence[str]) -> list[Step]:
    async with reached(ours) as http:
        steps, right = [Step(0, await taken(ours), 0.0)], None
        for count, name in enumerate(names, 1):
            vector = await embed(http, name)
            right = right or vector
            if cosine(vector, right) < 0.999:
                raise RuntimeError(f"{name} gives another vector than the first copy.")
            rate = await in_turn(http, names[:count])
            steps.append(Step(count, await taken(ours), rate))
            print(f"  {count} models: {steps[-1].taken / MB:.0f} MB", flush=True)
        return steps


async def taken(ours: Server) -> int:
    await asyncio.sleep(SETTLE)
    return family.taken(ours.look())


async def embed(http: httpx.AsyncClient, name: str) -> list[float]:
    path = f"/models/{name}/pipeline/feature-extraction"
    vector: list[float] = (await http.post(path, json={"inputs": SOURCE})).raise_for_status().json()
    return vector


async def in_turn(http: httpx.AsyncClient, names: Sequence[str]) -> float:
    """Answers a second of one client that goes from model to model."""
    start = time.perf_counter()
    for number in range(ASKED * len(names)):
        await embed(http, names[number % len(names)])
    return ASKED * len(names) / (time.perf_counter() - start)


def report(steps: Sequence[Step], weights: int) -> str:
    base = steps[0].taken
    rows = [
        [
            str(each.models), f"{each.taken / MB:.0f} MB",
            f"{(each.taken - base) / MB:.0f} MB", times(each, base, weights), f"{each.rate:.0f}",
        ]
        for each in steps
    ]  # fmt: skip
    heads = ("Models", "All processes", "Beyond the base", f"Times {weights / MB:.0f} MB each",
             "Answers/s in turn")  # fmt: skip
    return table(heads, rows)


def times(step: Step, base: int, weights: int) -> str:
    return f"{share(step, base, weights):.2f}" if step.models else "–"


def share(step: Step, base: int, weights: int) -> float:
    """What the models take, of their weights."""
    return (step.taken - base) / (weights * step.models)


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.herd", description=__doc__)
    parser.add_argument("--models", type=int, default=MOST, help="at most (default: 10)")
    parser.add_argument(
        "--acceleration", default="off", help="of the server, as in its settings (default: off)"
    )
    parser.add_argument("--quick", action="store_true", help="three models")
    given = parser.parse_args(argv)
    count = 3 if given.quick else given.models
    print(f"{machine()}; {versions()}; acceleration {given.acceleration}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as folder:
        home = Path(folder)
        names = copies(home, count)
        weights = (home / "models" / names[0] / WEIGHTS).stat().st_size
        flags = ("--models-dir", str(home / "models"), "--acceleration", given.acceleration)
        with server(home, *flags) as ours:
            steps = asyncio.run(grow(ours, names))
    print(f"\n{report(steps, weights)}\n")
    value = share(steps[-1], steps[0].taken, weights)
    print(Claim(f"memory_of_{count}_encoders_vs_weights", value, ALLOWED, most=True))


if __name__ == "__main__":
    main(sys.argv[1:])
