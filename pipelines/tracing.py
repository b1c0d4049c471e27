"""Which request is being worked on. Its id stands in every line of the log about it."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Request:
    """`over` once it is answered: a task that it began, and that goes on, is no longer its own."""

    id: str
    over: bool = False


request: ContextVar[Request | None] = ContextVar("request", default=None)


def request_id() -> str:
    """Of the request that is worked on here; empty where there is none."""
    found = request.get()
    return found.id if found and not found.over else ""


def follow(id: str) -> None:
    """What this task does from here on belongs to the request of this id."""
    request.set(Request(id))
