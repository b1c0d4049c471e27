"""The line before an endpoint: each call gets the replica that has fewest."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from endpoints.local.copy import Copy
from pipelines.engine.call import Call
from pipelines.engine.line import Line
from pipelines.errors import TaglineError


def promise() -> "asyncio.Future[Any]":
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False)
class Ticket:
    """A call that waits for a replica, its `seat`; `works` is when that begins with it."""

    call: Call
    left: asyncio.Event = field(default_factory=asyncio.Event)
    seat: "asyncio.Future[Copy]" = field(default_factory=promise)
    works: "asyncio.Future[float]" = field(default_factory=promise)

    def fail(self, error: TaglineError) -> None:
        if not self.seat.done():
            self.seat.set_exception(error)


def full(name: str, count: int) -> str:
    return (
        f"{name} is busy: {count} calls stand in line, as many as it lets wait. Try again "
        "later, or give the endpoint more replicas or a larger max_waiting."
    )


class Queue:
    """`copies()` are the replicas there are; `changed` is called when calls come or go."""

    def __init__(
        self, name: str, most: int, copies: Callable[[], Sequence[Copy]],
        changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self.line: Line[Ticket] = Line(f"Endpoint {name}", most, full)
        self.copies, self.changed = copies, changed

    def __len__(self) -> int:
        return len(self.line)

    @asynccontextmanager
    async def seat(
        self, call: Call, again: bool = False
    ) -> AsyncIterator[tuple[Copy, "asyncio.Future[float]"]]:
        """Waits for a replica; one that comes `again` does not wait behind the others. Gives what
        tells when the replica begins with it, too. Raises Unavailable where the line is full, and
        what the line is told."""
        ticket = Ticket(call)
        self.line.put_back(ticket) if again else self.line.push(ticket)
        self.hand_out()
        self.changed()
        try:
            yield await ticket.seat, ticket.works
        finally:
            self.give_back(ticket)

    def give_back(self, ticket: Ticket) -> None:
        ticket.left.set()
        self.line.remove(ticket)
        seat = ticket.seat
        if seat.done() and not seat.cancelled() and seat.exception() is None:
            seat.result().give_back(ticket.works)
            self.hand_out()
            self.changed()

    def hand_out(self) -> None:
        """Gives replicas that can take a call to those who wait, in their turn."""
        while len(self.line) and (free := [each for each in self.copies() if each.free]):
            ticket = self.line.take()
            if ticket is None:
                return
            if not ticket.seat.done():
                chosen = min(free, key=lambda each: each.in_flight)
                chosen.take(ticket.works)
                ticket.seat.set_result(chosen)

    def fail(self, error: TaglineError) -> None:
        """Nobody who waits will be answered."""
        self.line.fail(error)
