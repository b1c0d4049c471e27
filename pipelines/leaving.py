"""Whether a caller has left, for work that must wait before it can begin."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

PAUSE = 0.05  # seconds between two looks at the door
gone: ContextVar[Callable[[], bool]] = ContextVar("gone", default=lambda: False)


class Left(Exception):
    """Nobody waits for this answer any more."""


@contextmanager
def asked_by(has_left: Callable[[], bool]) -> Iterator[None]:
    """What is done inside is for a caller who may leave."""
    token = gone.set(has_left)
    try:
        yield
    finally:
        gone.reset(token)


@contextmanager
def alone(lock: Lock) -> Iterator[None]:
    """Holds `lock` inside. Raises Left if the caller leaves before it is his."""
    while not lock.acquire(timeout=PAUSE):
        if gone.get()():
            raise Left
    try:
        yield
    finally:
        lock.release()
