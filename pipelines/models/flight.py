"""Single flight: callers who want the same thing at the same time share one piece of work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from threading import Event
from typing import Generic, TypeVar

from pipelines.models.offer import Listener, Progress

T = TypeVar("T")
log = logging.getLogger(__name__)


class Flight(Generic[T]):
    """Work under way. `stop` is set once nobody waits for it any more."""

    def __init__(self, work: Callable[["Flight[T]"], Awaitable[T]]) -> None:
        self.stop = Event()
        self.waiting = 0
        self.listeners: list[Listener] = []
        self.last: Progress | None = None
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.ensure_future(self.fly(work))
        self.task.add_done_callback(retrieve)

    async def fly(self, work: Callable[["Flight[T]"], Awaitable[T]]) -> T:
        try:
            return await work(self)
        finally:
            self.stop.set()

    async def join(self, listener: Listener | None) -> T:
        """Waits for the work; a caller who is cancelled leaves the others waiting."""
        self.waiting += 1
        if listener:
            self.listeners.append(listener)
            if self.last:
                tell(listener, self.last)
        try:
            return await asyncio.shield(self.task)
        finally:
            self.leave(listener)

    def leave(self, listener: Listener | None) -> None:
        self.waiting -= 1
        if listener:
            self.listeners.remove(listener)
        if not self.waiting:
            self.stop.set()

    def report(self, progress: Progress) -> None:
        """Tells every listener, in the event loop. Any thread may call it."""
        self.loop.call_soon_threadsafe(self.spread, progress)

    def spread(self, progress: Progress) -> None:
        self.last = progress
        for listener in list(self.listeners):
            tell(listener, progress)


class Flights(Generic[T]):
    """The work under way, by what it is for. Belongs to one event loop."""

    def __init__(self) -> None:
        self.flying: dict[Hashable, Flight[T]] = {}

    async def share(
        self,
        key: Hashable,
        work: Callable[[Flight[T]], Awaitable[T]],
        listener: Listener | None = None,
    ) -> T:
        """The result of `work`, begun now or by an earlier caller with the same key."""
        while (flight := self.flying.get(key)) and flight.stop.is_set():
            await asyncio.wait([flight.task])  # it was given up: let it end, then begin anew
        if flight is None:
            flight = self.flying[key] = Flight(work)
            flight.task.add_done_callback(lambda _: self.land(key, flight))
        return await flight.join(listener)

    def land(self, key: Hashable, flight: Flight[T]) -> None:
        if self.flying.get(key) is flight:
            del self.flying[key]

    async def close(self) -> None:
        """Gives up all work and waits for its end."""
        for flight in self.flying.values():
            flight.stop.set()
        if tasks := [flight.task for flight in self.flying.values()]:
            await asyncio.wait(tasks)


def tell(listener: Listener, progress: Progress) -> None:
    """A listener that fails must not take the others' download down with it."""
    try:
        listener(progress)
    except Exception:
        log.exception("A listener to a download failed.")


def retrieve(task: "asyncio.Task[T]") -> None:
    """Takes an outcome that nobody waits for, so that asyncio does not complain of it."""
    if not task.cancelled():
        task.exception()
