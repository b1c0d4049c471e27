"""What goes to the engine and what comes back."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from pipelines import tracing
from pipelines.allowance import ANYBODY, Client
from pipelines.hardware import Dtype, Hardware
from pipelines.model import Model
from pipelines.task import Load, Task

State = Literal[
    "cold", "downloading", "loading", "warm", "busy", "idle", "evicting", "failed", "quarantined"
]


@dataclass(frozen=True)
class Place:
    """Where a model stays: without a name it is everybody's, with one it is a stay of its own, and
    a call that meets its death is not tried again there.

    `dtype` and `threads` are what it gets of the machine instead of its share, `memory` the bytes
    that are kept for it even while it takes less, and `acceleration` which faster ways to run it
    are wanted, empty for the server's own. `environment` is set in its process before the model's
    code is read, and `log` is a file for what it says.
    """

    name: str = ""
    dtype: Dtype | None = None
    threads: int = 0
    log: str = ""
    memory: int = 0
    acceleration: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


EVERYBODYS = Place()


@dataclass(frozen=True)
class Call:
    """A batch of validated inputs for one task of one model. `client` says whose turn it takes, and
    `place` which stay of the model is meant.

    Six fill while the call is answered: `notices`, what its caller should know of the answer,
    `read` and `written`, how many tokens the model read and wrote for it, `rows`, how many it
    read for each input, where that is counted, `plain`, whether torch did it though the model
    goes by a faster way, and at the end `backends`, that way in words, if it did it. `request` is
    the id of the request that it is made for. `together` says that the inputs are of several
    callers: then whatever is to be told of one of them is raised instead.
    """

    task: Task
    model: Model
    inputs: list[Any]
    params: Any
    client: Client = ANYBODY
    notices: list[str] = field(default_factory=list, compare=False)
    read: list[int] = field(default_factory=list, compare=False)
    written: list[int] = field(default_factory=list, compare=False)
    rows: list[int] = field(default_factory=list, compare=False)
    plain: list[bool] = field(default_factory=list, compare=False)
    backends: list[str] = field(default_factory=list, compare=False)
    request: str = field(default_factory=tracing.request_id, compare=False)
    place: Place = EVERYBODYS
    together: bool = False

    @property
    def weight(self) -> int:
        """How many inputs it counts for, where several calls go together."""
        return sum(map(self.task.weight, self.inputs))

    @property
    def loader(self) -> Load:
        return self.task.loader(self.model)


@dataclass(frozen=True)
class Answer:
    """One wire-shaped value per input, the seconds of compute, and the device it ran on.

    `notices` are sentences about it, such as that an input was cut. `tokens` is how many the model
    read for it, 0 where nobody counts them. `backend` says in words by what it was computed, where
    that is not plain torch. `together` is how many calls went through the model in that one run,
    whose seconds they are.
    """

    values: list[Any]
    seconds: float
    device: str
    notices: tuple[str, ...] = ()
    tokens: int = 0
    backend: str = ""
    together: int = 1


@dataclass(frozen=True)
class Status:
    """Where a model stands.

    `seconds` is the time in this state and `reason` says in words why it is in it. `done` and
    `total` are bytes of a load, or of a download, `eta` the seconds it will still take, None where
    nobody knows. `memory` is the bytes it holds, `waiting` the calls in line, `took` the seconds
    its load took, `crashes` how often its process ended since its last good answer.
    """

    state: State
    reason: str = ""
    seconds: float = 0
    done: int = 0
    total: int = 0
    eta: float | None = None
    memory: int = 0
    waiting: int = 0
    took: float | None = None
    crashes: int = 0
    pinned: bool = False
    error: str | None = None


Progress = Callable[[int], None]  # is told the bytes loaded so far


class Host(Protocol):
    """A loaded model, wherever it lives. One call at a time, unless it said otherwise (`Quick`).

    A cancelled call returns only when the model is free again. `ended` is set when the model is
    gone: what runs then, or is asked later, raises WorkerDied. `memory` is the bytes it takes, 0 if
    unknown.
    """

    ended: asyncio.Event
    memory: int

    async def run(self, call: Call, threads: int) -> list[Any]: ...

    def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]: ...

    async def close(self) -> None: ...


@runtime_checkable
class Quick(Protocol):
    """A host whose model may go on by a faster way, once one is proven. `adopt` gives how many
    calls at a time it takes then."""

    async def prove(self, call: Call, place: str, wanted: str) -> None: ...

    async def adopt(self, call: Call, place: str, name: str) -> int: ...


class Placement(Protocol):
    """Where models are put: in this process, or one process each."""

    @property
    def ready(self) -> bool:
        """Whether a model could start to load at once."""

    async def start(self, call: Call, hardware: Hardware, progress: Progress) -> Host: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Rules:
    """How long things may take and how many may wait; times in seconds."""

    load_seconds: float = 600
    call_seconds: float = 600
    room_seconds: float = 60
    idle_seconds: float = 900
    most_waiting: int = 64
