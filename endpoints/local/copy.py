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
    calls. `gone` is set when it has left.
    """

    id: str
    call: Call
    version: int
    engine: Engine
    since: datetime = field(default_factory=now)
    bringing: "asyncio.Task[None] | None" = None
    ending: "asyncio.Task[None] | None" = None
    in_flight: int = 0
    restarts: int = 0
    stale: bool = False
    leaving: bool = False
    reason: str = ""

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
