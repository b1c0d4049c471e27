"""One replica on this machine: a stay of the model in a place of its own."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from endpoints.status import Replica, ReplicaState, now
from pipelines.engine.call import Call
from pipelines.engine.engine import Engine

AT_HAND = 1  # calls given to one besides those at work


@dataclass(eq=False)
class Copy:
    """`call` says what is loaded and where. `bringing` is its load, while that goes on; one that is
    `stale` goes as soon as another has come in its stead, and one that is `leaving` gets no more
    calls. `held` are the calls that it has, in their order: when it began to work on each.
    """

    id: str
    call: Call
    version: int
    engine: Engine
    since: datetime = field(default_factory=now)
    bringing: "asyncio.Task[None] | None" = None
    ending: "asyncio.Task[None] | None" = None
    held: "list[asyncio.Future[float]]" = field(default_factory=list)
    restarts: int = 0
    stale: bool = False
    leaving: bool = False
    reason: str = ""

    def take(self, works: "asyncio.Future[float]") -> None:
        """One more call."""
        self.held.append(works)
        self.begin()

    def give_back(self, works: "asyncio.Future[float]") -> None:
        """A call is over."""
        self.held.remove(works)
        self.begin()

    def begin(self) -> None:
        """Works on as many as its model takes at a time; the others are at hand."""
        stay, now = self.engine.staying(self.call), asyncio.get_running_loop().time()
        for each in self.held[: stay.at_once if stay else 1]:
            if not each.done():
                each.set_result(now)

    @property
    def in_flight(self) -> int:
        return len(self.held)

    @property
    def starting(self) -> bool:
        return self.bringing is not None and not self.bringing.done()

    @property
    def ready(self) -> bool:
        """Whether it could answer now."""
        return not (self.leaving or self.starting) and self.engine.loaded(self.call)

    @property
    def free(self) -> bool:
        stay = self.engine.staying(self.call)
        return self.ready and stay is not None and self.in_flight < stay.at_once + AT_HAND

    @property
    def lost(self) -> bool:
        """Whether its model has been sent away: it crashed too often, or would not load."""
        return not self.starting and self.engine.staying(self.call) is None

    @property
    def state(self) -> ReplicaState:
        if self.leaving:
            return "leaving"
        if self.starting:
            return "starting"
        return "running" if self.ready else "restarting"

    def shown(self, node: str) -> Replica:
        stay = self.engine.staying(self.call)
        memory = self.engine.memory.held(stay) if stay else 0
        reason = self.reason or (stay.reason if stay and not self.ready else "")
        return Replica(
            self.id, self.state, node, self.since, self.version, memory, self.in_flight,
            self.restarts, reason,
        )  # fmt: skip
