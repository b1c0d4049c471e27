"""`python -m benchmarks.chaos`: the server while its workers are killed, and while ten models
share room for one.

It ends with claims: calls that hung, calls that failed in a way that they should not, and how long
a model is away when its process is killed.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.crowd import HUNG, PATIENCE, Outcome, counts, slowest, unexpected
from benchmarks.fire import CHATS, Fire, under_fire
from benchmarks.killer import Kill, recoveries, undisturbed
from benchmarks.page import publish
from benchmarks.squeeze import COPIES, Squeeze, squeezed
from benchmarks.start import machine, versions
from docs.generate import table

KILLS, ROOM = "kills", "room"
MB = 1_000_000


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="of each part (default: 30)")
    parser.add_argument("--clients", type=int, default=16, help="at a time (default: 16)")
    parser.add_argument("--every", type=float, default=2, help="seconds a kill (default: 2)")
    parser.add_argument("--only", choices=(KILLS, ROOM), help="one part alone")
    parser.add_argument("--quick", action="store_true", help="15 seconds of each part")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/engine.md")
    given = parser.parse_args(argv)
    if given.quick:
        given.seconds = 15
    if given.clients <= CHATS or min(given.seconds, given.every) <= 0:
        parser.error(f"--seconds and --every must be above 0, --clients above {CHATS}")
    if given.write and given.only:
        parser.error("--write wants both parts")
    return given


@dataclass(frozen=True)
class Found:
    """What was run; None for a part that was left out."""

    fire: Fire | None = None
    squeeze: Squeeze | None = None


def measure(given: argparse.Namespace, home: Path) -> Found:
    (home / KILLS).mkdir()
    (home / ROOM).mkdir()
    return Found(
        None if given.only == ROOM
        else under_fire(home / KILLS, given.seconds, given.clients, given.every),
        None if given.only == KILLS else squeezed(home / ROOM, given.seconds, given.clients),
    )  # fmt: skip


# Reporting ------------------------------------------------------------------------------------


def claims(found: Found) -> list[str]:
    """One line per claim; times in seconds, ratios of what is allowed."""
    return [
        *(fire_claims(found.fire) if found.fire else ()),
        *(squeeze_claims(found.squeeze) if found.squeeze else ()),
    ]


def fire_claims(fire: Fire) -> list[str]:
    times = known(fire)
    return [
        f"hung {hung(fire.outcomes)}",
        f"unexpected failures {unexpected(fire.outcomes)}",
        f"recovery median {middle(times):.2f} s",
        f"recovery of one crash median {middle(single(fire)):.2f} s",
        f"recovery longest {max(times, default=math.nan):.2f} s",
        f"kills without recovery {missing(fire)}",
        f"quarantined models {len(fire.quarantined)}",
        f"same server {int(fire.alive)}",
        f"leaked processes {fire.leaked + fire.strays}",
    ]


def squeeze_claims(squeeze: Squeeze) -> list[str]:
    peaks = squeeze.peaks
    return [
        f"room hung {hung(squeeze.outcomes)}",
        f"room unexpected failures {unexpected(squeeze.outcomes)}",
        f"room same server {int(squeeze.alive)}",
        f"room leaked processes {squeeze.leaked + squeeze.strays}",
        f"room most workers at a time {peaks.workers}",
        f"room workers_vs_budget ratio {peaks.private / squeeze.budget:.2f}",
        f"room all_processes_vs_allowed ratio {peaks.tree / squeeze.most:.2f}",
    ]


def body(found: Found, today: str) -> str:
    """The part of docs/engine.md that stands between its marks."""
    parts = [fire_table(found.fire)] if found.fire else []
    parts += [squeeze_table(found.squeeze)] if found.squeeze else []
    return "\n\n".join((*parts, circumstances(found, today)))


def fire_table(fire: Fire) -> str:
    times = known(fire)
    rows = [
        *call_rows(fire.outcomes),
        ["Workers killed", str(len(fire.kills))],
        ["From a kill to the model's next answer, median", seconds(middle(times))],
        ["The same, where no second kill met the model before", seconds(middle(single(fire)))],
        ["The same, longest of all", seconds(max(times, default=math.nan))],
        ["Kills after which the model did not come back", str(missing(fire))],
        ["Models in quarantine at the end", names(fire.quarantined)],
        ["The server is the same process", "yes" if fire.alive else "no"],
        ["Fork servers that it needed", str(fire.zygotes)],
        ["Processes left over", str(fire.leaked + fire.strays)],
        ["Tracebacks in its log", str(fire.tracebacks)],
    ]
    return table(("Workers killed at random", ""), rows)


def squeeze_table(squeeze: Squeeze) -> str:
    peaks = squeeze.peaks
    rows = [
        *call_rows(squeeze.outcomes),
        ["The server is the same process", "yes" if squeeze.alive else "no"],
        ["Most workers at a time", str(peaks.workers)],
        ["Most memory private to workers", of(peaks.private, squeeze.budget)],
        ["Most memory of all processes", of(peaks.tree, squeeze.most)],
        ["Processes left over", str(squeeze.leaked + squeeze.strays)],
        ["Tracebacks in its log", str(squeeze.tracebacks)],
    ]
    return table((f"{COPIES} models, room for one", ""), rows)


def call_rows(outcomes: list[Outcome]) -> list[list[str]]:
    """How many calls there were, and what became of them."""
    rows = [[f"– {kind}", str(count)] for kind, count in counts(outcomes).items()]
    return [
        ["Calls", str(len(outcomes))],
        *rows,
        [f"– no answer within {PATIENCE} s", str(hung(outcomes))],
        ["Slowest answer", seconds(slowest(outcomes))],
    ]


def seconds(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f} s"


def of(size: int, most: int) -> str:
    return f"{size / MB:.0f} MB of {most / MB:.0f} MB"


def hung(outcomes: list[Outcome]) -> int:
    return sum(each.kind == HUNG for each in outcomes)


def known(fire: Fire) -> list[float]:
    """Seconds of every recovery that there was."""
    return [each for each in recoveries(fire.kills, fire.outcomes) if each is not None]


def single(fire: Fire) -> list[float]:
    """Seconds of those that no second kill disturbed."""
    return undisturbed(fire.kills, fire.outcomes)


def missing(fire: Fire) -> int:
    """Kills after which the model never answered again, though the engine would start it."""
    kills = [kill for kill in fire.kills if kill.model not in fire.quarantined]
    return sum(each is None for each in recoveries(kills, fire.outcomes))


def names(models: Sequence[str]) -> str:
    return ", ".join(models) or "none"


def middle(times: Sequence[float]) -> float:
    return median(times) if times else math.nan


def kill_text(kill: Kill, away: float | None) -> str:
    back = "no answer since" if away is None else f"back after {seconds(away)}"
    return f"killed {kill.pid}: {kill.model}, {back}"


def circumstances(found: Found, today: str) -> str:
    """What a reader must know to judge the tables."""
    parts = [part for part in (found.fire, found.squeeze) if part]
    others = [f"{part.foreign:.2f}" for part in parts if part.foreign is not None]
    return (
        f"One run of {today}; {machine()}; {versions()}. Others used "
        f"{' and '.join(others) or 'unknown'} cores meanwhile. Every vector that came was compared "
        "with the right one."
    )


def main(argv: Sequence[str]) -> None:
    given = arguments(argv)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        found = measure(given, Path(home))
    if found.fire:
        named = [kill for kill in found.fire.kills if kill.model]
        for kill, away in zip(named, recoveries(named, found.fire.outcomes), strict=True):
            print(kill_text(kill, away))
    text = body(found, datetime.now(UTC).date().isoformat())
    publish("chaos", text, claims(found), given.write)


if __name__ == "__main__":
    main(sys.argv[1:])
