"""What goes to the engine and what comes back."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipelines.model import Model
from pipelines.task import Load, Task

State = Literal["cold", "loading", "warm", "busy", "failed"]


@dataclass(frozen=True)
class Call:
    """A batch of validated inputs for one task of one model."""

    task: Task
    model: Model
    inputs: list[Any]
    params: Any

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
    """Where a model stands. `seconds` is how long it has been loading, or took to load;
    `expected` is how long its last load took, None before the first."""

    state: State
    seconds: float = 0
    expected: float | None = None
    error: str | None = None


class Host(Protocol):
    """A loaded model, wherever it lives. One call at a time."""

    async def run(self, call: Call) -> list[Any]: ...

    def stream(self, call: Call) -> AsyncGenerator[Any, None]: ...

    async def close(self) -> None: ...


class Placement(Protocol):
    """Where models are put: in this process, or one process each."""

    async def start(self, call: Call) -> Host: ...
