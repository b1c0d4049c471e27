"""One call on its way through the engine: what its caller waits for and what a model works on."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines import tracing
from pipelines.allowance import Client
from pipelines.engine.call import Call, Host
from pipelines.engine.events import Finished, Outcome

if TYPE_CHECKING:
    from pipelines.engine.batch import Batch


@dataclass(frozen=True)
class Chunk:
    value: Any


@dataclass(frozen=True)
class Done:
    """All values, none for a stream; `seconds` is the time that the model worked, for so many calls
    `together`."""

    values: list[Any]
    seconds: float
    together: int = 1


@dataclass(frozen=True)
class Failed:
    error: BaseException


class Job:
    """The model works in a task of its own, so that a caller who leaves cannot free a model that
    is still busy. Chunks are kept for a slow reader, since he must not hold the model either.
    `worked` is told the seconds of each try, however it ended.
    """

    def __init__(
        self,
        call: Call,
        streams: bool = False,
        worked: Callable[[Client, float], None] = lambda client, seconds: None,
    ) -> None:
        self.call, self.streams, self.worked = call, streams, worked
        self.outcomes: asyncio.Queue[Chunk | Done | Failed] = asyncio.Queue()
        self.work: asyncio.Task[None] | None = None
        self.over = asyncio.Event()
        self.left = asyncio.Event()
        self.sent = False
        self.crashes = 0
        self.alone = False  # whether it goes through the model by itself
        self.beside = False  # whether others were worked on meanwhile
        self.batch: Batch | None = None
        self.made = time.perf_counter()
        self.began: float | None = None
        self.ended: float | None = None

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
        """The caller wants no more: a model that works on it alone is told to stop."""
        self.left.set()
        if self.batch:
            self.batch.member_left()
        elif self.work and not self.over.is_set():
            self.work.cancel()

    def finished(self, error: BaseException | None) -> Finished:
        """What became of it, as its caller leaves with `error` or without."""
        now = time.perf_counter()
        began = self.began or self.ended or now
        return Finished(
            call=self.call,
            outcome=outcome_of(error),
            waited=began - self.made,
            computed=(self.ended or now) - began,
            seconds=now - self.made,
        )

    @property
    def heard(self) -> bool:
        """Whether somebody waits for it."""
        return not (self.over.is_set() or self.left.is_set())

    # The model's side ---------------------------------------------------------------------------

    def begin(self, host: Host, threads: int) -> "asyncio.Task[None]":
        self.work = asyncio.create_task(self.run(host, threads))
        return self.work

    async def run(self, host: Host, threads: int) -> None:
        """Raises what `host` raises; the caller has not heard of it then."""
        tracing.follow(self.call.request)
        began = self.begun()
        values: list[Any] = []
        try:
            if self.streams:
                async with aclosing(host.stream(self.call, threads)) as chunks:
                    async for chunk in chunks:
                        self.sent = True
                        self.outcomes.put_nowait(Chunk(chunk))
            else:
                values = await host.run(self.call, threads)
        finally:
            seconds = time.perf_counter() - began
            self.worked(self.call.client, seconds)
        self.end(Done(values, seconds))

    def begun(self) -> float:
        """A try begins: what was told in one that failed is forgotten. Gives the time."""
        self.began = time.perf_counter()
        call = self.call
        for told in (call.notices, call.read, call.written, call.rows, call.plain):
            told.clear()
        return self.began

    def fail(self, error: BaseException) -> None:
        self.end(Failed(error))

    def end(self, outcome: Done | Failed) -> None:
        """The last word; what comes after it is not heard."""
        if not self.over.is_set():
            self.outcomes.put_nowait(outcome)
            self.ended = time.perf_counter()
            self.over.set()


def outcome_of(error: BaseException | None) -> Outcome:
    if error is None:
        return "answered"
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "left"
    return "refused" if getattr(error, "status", 500) < 500 else "failed"
