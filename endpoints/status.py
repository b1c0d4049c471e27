"""Where an endpoint stands: the words that users of Inference Endpoints know.

Source of the states: `InferenceEndpointStatus` of huggingface_hub.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

State = Literal[
    "pending", "initializing", "running", "updating", "updateFailed", "paused", "scaledToZero",
    "failed",
]  # fmt: skip
ReplicaState = Literal["starting", "running", "restarting", "leaving", "failed"]
TAGLINE = "tagline"  # who does what nobody asked for


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Replica:
    """One copy of the model at work.

    `since` is when it came, `version` that of the specification which it serves, `memory` its
    bytes, `in_flight` the calls it has, `restarts` how often its process was begun anew; `node` is
    the machine. `reason` says in words why it is in its state.
    """

    id: str
    state: ReplicaState
    node: str
    since: datetime
    version: int = 0
    memory: int = 0
    in_flight: int = 0
    restarts: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Event:
    """What happened, `who` made it happen, and the rest in words."""

    at: datetime
    who: str
    what: str
    endpoint: str
    text: str = ""


@dataclass(frozen=True)
class Status:
    """`reason` says why it is in this state, and what to do where that helps. `waiting` calls stand
    in line, `wanted` replicas should run; `events` are the engine's own, the newest first.
    `answering` calls are at replicas of which it is not known how many each one has.
    """

    state: State
    reason: str = ""
    replicas: tuple[Replica, ...] = ()
    waiting: int = 0
    wanted: int = 0
    events: tuple[Event, ...] = ()
    answering: int = 0

    @property
    def ready(self) -> int:
        """How many replicas can take a call now."""
        return sum(each.state == "running" for each in self.replicas)

    @property
    def in_flight(self) -> int:
        return self.answering + sum(each.in_flight for each in self.replicas)

    @property
    def memory(self) -> int:
        """Bytes of all replicas."""
        return sum(each.memory for each in self.replicas)
