"""What models take and give back, in a fresh process: `python -m benchmarks.held PLACEMENT NAME N`.

PLACEMENT is `workers` or `inline`. Loads N copies of the model NAME, asks each for an answer,
unloads them, and prints one line of JSON: bytes before, with the models loaded, and after. Both
placements have imported the same libraries before.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import family
from benchmarks.models import CHATTER, EMBEDDER, call, copies, engine, on_board, workers
from benchmarks.peers import SOURCE
from pipelines.engine import zygote
from pipelines.engine.call import Call, Placement
from pipelines.engine.inline import Inline
from pipelines.probe import available_memory

SETTLE = 1.0  # seconds: the kernel's own counters lag behind
READINGS, PAUSE = 5, 0.1  # a median against what others do meanwhile; seconds between
AVAILABLE, FAMILY = "machine", "processes"

Figures = Mapping[str, Sequence[int]]  # by measure: bytes before, loaded, after


def inline() -> Placement:
    zygote.preload()
    return Inline()


PLACEMENTS: Mapping[str, Callable[[], Placement]] = {"workers": workers, "inline": inline}
QUESTIONS: Mapping[str, Callable[[Path], Call]] = {
    EMBEDDER: lambda home: call(on_board(EMBEDDER, home), "feature-extraction", SOURCE),
    CHATTER: lambda home: call(
        on_board(CHATTER, home), "text-generation", SOURCE, max_new_tokens=8
    ),
}


async def hold(placement: Placement, calls: Sequence[Call]) -> Figures:
    """Bytes of main memory that are available, and that this process and its workers take."""
    owner = engine(placement)
    read = [await settled()]
    for each in calls:
        await owner.predict(each)
    read.append(await settled())
    for each in calls:
        await owner.unload(each.model)
    gc.collect()
    read.append(await settled())
    await owner.close()
    return {AVAILABLE: [each[0] for each in read], FAMILY: [each[1] for each in read]}


async def settled() -> tuple[int, int]:
    """Bytes available, and bytes taken, when the machine has had time to count them."""
    await asyncio.sleep(SETTLE)
    available = []
    for _ in range(READINGS):
        available.append(not_taken())
        await asyncio.sleep(PAUSE)
    return int(median(available)), family.taken(family.tree(os.getpid()))


def not_taken() -> int:
    """Main memory that no program has written to, in bytes.

    By the kernel's count of anonymous pages: what it calls available moves by itself on a virtual
    machine, whose host takes and gives pages.
    """
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return available_memory()
    sizes = dict(line.split(":") for line in meminfo.read_text().splitlines())
    total, written = (int(sizes[name].split()[0]) for name in ("MemTotal", "AnonPages"))
    return (total - written) * 1024


def main(placement: str, name: str, count: str) -> None:
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        chosen = PLACEMENTS[placement]()
        calls = copies(QUESTIONS[name](Path(home)), int(count))
        print(json.dumps(asyncio.run(hold(chosen, calls))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
