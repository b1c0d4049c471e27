"""Ten models that share room for one, asked in turn by several clients at a time."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import family, noise
from benchmarks.crowd import Ask, Outcome, embed, embedding, keep_asking
from benchmarks.models import EMBEDDER, on_board
from benchmarks.server import Server, reached, server, strays
from pipelines.engine.memory import GB, SERVER
from pipelines.models.weights import predict

COPIES = 10
SHARE = 1.2  # of what one is foretold to take: room for it, and not for two
WAIT = 20  # seconds that a model waits for room
LOOK = 0.2  # seconds between two looks at the memory of all processes
TEXT = "Ten models share room for one."


@dataclass
class Peaks:
    """The most that was seen, in bytes, and at how many workers at a time."""

    private: int = 0  # to the workers, summed
    tree: int = 0  # of the server and all its processes together
    workers: int = 0

    def look(self, ours: Server) -> None:
        workers = family.workers(ours.pid)
        self.workers = max(self.workers, len(workers))
        self.private = max(self.private, family.private(workers))
        self.tree = max(self.tree, family.taken(ours.look()))


@dataclass(frozen=True)
class Squeeze:
    """`budget` is the bytes that the models may take, `most` what all processes together may."""

    outcomes: list[Outcome]
    budget: int
    alive: bool
    strays: int
    leaked: int
    tracebacks: int
    foreign: float | None
    peaks: Peaks = field(default_factory=Peaks)

    @property
    def most(self) -> int:
        return self.budget + SERVER


def squeezed(home: Path, seconds: float, clients: int) -> Squeeze:
    folder = on_board(EMBEDDER, home).path
    names = copies(home / "models", folder)
    budget = int(predict(folder, "float32") * SHARE)
    flags = (
        *("--models-dir", str(home / "models")),
        *("--memory-gb", f"{budget / GB:.4f}"),
        *("--room-seconds", str(WAIT)),
        *("--device", "cpu"),
    )
    with server(home, *flags) as ours:
        outcomes, peaks, left, foreign, alive = asyncio.run(crowd(ours, names, seconds, clients))
    traces = ours.said().count("Traceback")
    return Squeeze(outcomes, budget, alive, left, ours.leaked, traces, foreign, peaks)


def copies(root: Path, folder: Path) -> list[str]:
    """Names of models that are the same files under `root`."""
    names = [f"copies/number-{number}" for number in range(COPIES)]
    (root / "copies").mkdir(parents=True)
    for name in names:
        (root / name).symlink_to(folder, target_is_directory=True)
    return names


async def crowd(
    ours: Server, names: list[str], seconds: float, clients: int
) -> tuple[list[Outcome], Peaks, int, float | None, bool]:
    async with reached(ours) as http:
        right = (await embed(http, TEXT, names[0])).raise_for_status().json()
        asked = [(name, embedding(TEXT, right, name)) for name in names]
        before, until = noise.read_family(), time.monotonic() + seconds
        peaks = Peaks()
        watching = asyncio.create_task(watch(ours, peaks))
        found = await asyncio.gather(
            *(keep_asking(http, turned(asked, client), until) for client in range(clients))
        )
        watching.cancel()
        foreign = noise.foreign(before, noise.read_family())
        outcomes = [each for some in found for each in some]
        return outcomes, peaks, await strays(ours, http), foreign, ours.alive


def turned(asked: list[tuple[str, Ask]], by: int) -> list[tuple[str, Ask]]:
    """The same in the same order, from another beginning."""
    by %= len(asked)
    return asked[by:] + asked[:by]


async def watch(ours: Server, peaks: Peaks) -> None:
    while True:
        await asyncio.to_thread(peaks.look, ours)
        await asyncio.sleep(LOOK)
