"""What goes to the engine and what comes back."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.task import Load, Task

State = Literal[
    "cold", "downloading", "loading", "warm", "busy", "idle", "evicting", "failed", "quarantined"
]


@dataclass(frozen=True)
class Call:
    """A batch of validated inputs for one task of one model. `client` says whose turn it takes."""

    task: Task
    model: Model
    inputs: list[Any]
    params: Any
    client: str = ""

    @property
    def loader(self) -> Load:
        return self.task.loader(self.model)


@dataclass(frozen=True)
class Answer:
    """One wire-shaped value per input, the seconds of compute, and the device it ran on."""

    values: list[Any]
    seconds: float
    device: str


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
    """A loaded model, wherever it lives. One call at a time.

    A cancelled call returns only when the model is free again. `ended` is set when the model is
    gone: what runs then, or is asked later, raises WorkerDied. `memory` is the bytes it takes, 0 if
    unknown.
    """

    ended: asyncio.Event
    memory: int

    async def run(self, call: Call, threads: int) -> list[Any]: ...

    def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]: ...

    async def close(self) -> None: ...


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
