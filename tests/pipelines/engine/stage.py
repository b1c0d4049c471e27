"""A placement whose models do what a test tells them: load, answer, grow, die."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

from pipelines.engine.call import Call, Host, Progress, Rules
from pipelines.engine.engine import Engine
from pipelines.engine.footprints import Footprints
from pipelines.engine.memory import Memory
from pipelines.engine.rooms import Tenant
from pipelines.errors import WorkerDied
from pipelines.hardware import Hardware
from tests.pipelines.fakes import HARDWARE, Library

SIZE = 100  # bytes that a model is foretold to take
CALL = Library().call
MODEL = CALL().model


@dataclass
class Actor:
    """A loaded model. `waits` holds it up until a test sets it; it dies when it is told to."""

    stage: "Stage"
    name: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    memory: int = SIZE

    async def run(self, call: Call, threads: int) -> list[Any]:
        self.stage.runs.append((call.client.name, call.inputs[0].text, threads))
        await self.act(call)
        return [call.inputs[0].text]

    async def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]:
        self.stage.runs.append((call.client.name, call.inputs[0].text, threads))
        for letter in call.inputs[0].text:
            await self.act(call)
            yield letter

    async def act(self, call: Call) -> None:
        """Waits for the stage, or for death; a cancelled call is noted when the model is free."""
        waiting = [asyncio.ensure_future(each.wait()) for each in (self.stage.free, self.ended)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if self.stage.deaf:
                await self.ended.wait()
            self.stage.cancelled.append(call.inputs[0].text)
            raise
        finally:
            for each in waiting:
                each.cancel()
        if call.inputs[0].text == self.stage.poison:
            self.die()
        if self.ended.is_set():
            raise WorkerDied(f"{self.name} died")

    def die(self) -> None:
        self.ended.set()

    async def close(self) -> None:
        self.ended.set()
        if self in self.stage.actors:
            self.stage.actors.remove(self)


class Stage:
    """A placement. `free` lets models answer, `open` lets them load; `fails` are the errors that
    the next loads raise; `poison` is a text that kills whoever reads it; `deaf` models do not hear
    that a call was cancelled.
    """

    def __init__(self) -> None:
        self.free, self.open = asyncio.Event(), asyncio.Event()
        self.free.set()
        self.open.set()
        self.fails: list[Exception] = []
        self.poison: str | None = None
        self.deaf = False
        self.actors: list[Actor] = []
        self.loads: list[str] = []
        self.starts: list[tuple[Call, Hardware]] = []
        self.runs: list[tuple[str, str, int]] = []
        self.cancelled: list[str] = []
        self.reports: list[int] = []
        self.closed = False

    ready = True

    async def start(self, call: Call, hardware: Hardware, progress: Progress) -> Host:
        self.loads.append(call.model.id.removeprefix("org/"))
        self.starts.append((call, hardware))
        for size in self.reports:
            progress(size)
        await self.open.wait()
        if self.fails:
            raise self.fails.pop(0)
        self.actors.append(Actor(self, call.model.id))
        return self.actors[-1]

    async def close(self) -> None:
        self.closed = True

    def engine(self, places: float = 9, **rules: Any) -> Engine:
        """An engine with room for so many of its models."""
        memory: Memory[Tenant] = Memory([int(SIZE * places)])
        footprints = Footprints(HARDWARE, predict=lambda folder, dtype: SIZE)
        return Engine(self, HARDWARE, Rules(**rules), memory, footprints)


async def until(true: Callable[[], bool]) -> None:
    """Lets everything else go on until it is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


def ask(engine: Engine, call: Call) -> "asyncio.Task[Any]":
    return asyncio.create_task(answer(engine, call))


async def answer(engine: Engine, call: Call) -> Any:
    return (await engine.predict(call)).values
