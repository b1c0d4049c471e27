"""One call on its way through the engine: what its caller waits for and what a model works on."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pipelines.engine.call import Call, Host


@dataclass(frozen=True)
class Chunk:
    value: Any


@dataclass(frozen=True)
class Done:
    """All values, none for a stream; `seconds` is the time that the model worked."""

    values: list[Any]
    seconds: float


@dataclass(frozen=True)
class Failed:
    error: BaseException


class Job:
    """The model works in a task of its own, so that a caller who leaves cannot free a model that
    is still busy. Chunks are kept for a slow reader, since he must not hold the model either.
    """

    def __init__(self, call: Call, streams: bool = False) -> None:
        self.call, self.streams = call, streams
        self.outcomes: asyncio.Queue[Chunk | Done | Failed] = asyncio.Queue()
        self.work: asyncio.Task[None] | None = None
        self.over = asyncio.Event()
        self.left = asyncio.Event()
        self.sent = False
        self.crashes = 0

    # The caller's side --------------------------------------------------------------------------

    async def answer(self) -> Done:
        """The whole answer; raises what the model's side failed with."""
        outcome = await self.outcomes.get()
        if isinstance(outcome, Failed):
            raise outcome.error
        assert isinstance(outcome, Done)
        return outcome

    async def chunks(self) -> AsyncGenerator[Any, None]:
        while not isinstance(outcome := await self.outcomes.get(), Done):
            if isinstance(outcome, Failed):
                raise outcome.error
            yield outcome.value

    def leave(self) -> None:
        """The caller wants no more: a model that works on it is told to stop."""
        self.left.set()
        if self.work and not self.over.is_set():
            self.work.cancel()

    # The model's side ---------------------------------------------------------------------------

    def begin(self, host: Host, threads: int) -> "asyncio.Task[None]":
        self.work = asyncio.create_task(self.run(host, threads))
        return self.work

    async def run(self, host: Host, threads: int) -> None:
        """Raises what `host` raises; the caller has not heard of it then."""
        start = time.perf_counter()
        values: list[Any] = []
        if self.streams:
            async with aclosing(host.stream(self.call, threads)) as chunks:
                async for chunk in chunks:
                    self.sent = True
                    self.outcomes.put_nowait(Chunk(chunk))
        else:
            values = await host.run(self.call, threads)
        self.end(Done(values, time.perf_counter() - start))

    def fail(self, error: BaseException) -> None:
        self.end(Failed(error))

    def end(self, outcome: Done | Failed) -> None:
        """The last word; what comes after it is not heard."""
        if not self.over.is_set():
            self.outcomes.put_nowait(outcome)
            self.over.set()
