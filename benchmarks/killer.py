"""Ends random workers of a server, and sees how long their models are away."""

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from benchmarks import family, noise
from benchmarks.crowd import ANSWERED, Outcome
from benchmarks.server import Server

ENDED = re.compile(r"The process of (\S+) \((\d+)\) ended unexpectedly")  # in the server's log
LATE = 0.1  # seconds: an answer before that is one that the dead worker had given


@dataclass(frozen=True)
class Kill:
    """A worker's end: when, in seconds, and whose it was, None where the log does not say."""

    at: float
    pid: int
    model: str | None = None


@dataclass
class Killer:
    """Sends SIGKILL to a random worker of `server` every `every` seconds.

    `spent` is the CPU seconds of those that it killed.
    """

    server: Server
    every: float
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    kills: list[Kill] = field(default_factory=list)
    spent: float = 0.0

    async def go_on(self, until: float) -> None:
        while time.monotonic() + self.every < until:
            await asyncio.sleep(self.every)
            self.strike()

    def strike(self) -> None:
        """Nothing where no worker lives at the moment."""
        self.server.look()
        found = family.workers(self.server.pid)
        if not found:
            return
        victim = self.chance.choice(found)
        spent = noise.spent(victim)
        with suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)
            self.kills.append(Kill(time.monotonic(), victim.pid))
            self.spent += spent


def named(kills: Sequence[Kill], log: str) -> list[Kill]:
    """`kills` with the models that the server's log names."""
    models = {int(pid): model for model, pid in ENDED.findall(log)}
    return [replace(kill, model=models.get(kill.pid)) for kill in kills]


def recoveries(kills: Sequence[Kill], outcomes: Sequence[Outcome]) -> list[float | None]:
    """Seconds from each kill to the next good answer of its model, None where none came."""
    return [recovery(kill, outcomes) for kill in kills if kill.model]


def recovery(kill: Kill, outcomes: Sequence[Outcome]) -> float | None:
    answers = (each.ended - kill.at for each in outcomes
               if each.model == kill.model and each.kind == ANSWERED)  # fmt: skip
    return min((seconds for seconds in answers if seconds > LATE), default=None)


def undisturbed(kills: Sequence[Kill], outcomes: Sequence[Outcome]) -> list[float]:
    """The same for kills that found their model well, and that no other followed before it was
    back: neither a second load nor a back-off is in these.
    """
    found = []
    for kill in kills:
        seconds = recovery(kill, outcomes) if kill.model else None
        if seconds is not None and not any(meets(other, kill, outcomes) for other in kills):
            found.append(seconds)
    return found


def meets(other: Kill, kill: Kill, outcomes: Sequence[Outcome]) -> bool:
    """Whether the two fell into the same time without an answer of their model."""
    if other is kill or other.model != kill.model:
        return False
    first, second = sorted((other, kill), key=lambda each: each.at)
    seconds = recovery(first, outcomes)
    return seconds is None or first.at + seconds > second.at
