"""A generator out of code that only calls back.

The code runs in the reader's own thread, as a greenlet: it goes on while the reader waits for its
next word, and stands while he reads. A thread of its own would be dearer. Every thread that
computes brings a team of OpenMP's along, and where these count more threads than there are
processors, each of torch's loops ends in a sleep (libgomp: GOMP_SPINCOUNT).
"""

from collections.abc import Callable, Generator
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Tell = Callable[[T], None]


def yielded(work: Callable[[Tell[T]], R]) -> Generator[T, None, R]:
    """Yields what `work` hands to the function that it is given, and returns what it returns.

    To be read in one thread. Closing it ends `work` where it stands, by an exception that no
    `except Exception` catches. What `work` has set for its thread, such as inference mode, holds
    for the reader too, until it ends.
    """
    # Inside: a Space of scikit-learn has no greenlet, and this file all the same.
    from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

    closed = False

    def tell(item: T) -> None:
        if closed:  # work went on in spite of the exception
            raise GreenletExit
        inside.parent.switch(item)

    inside = greenlet(work)
    inside.gr_context = copy_context()  # so that what is told inside is heard
    try:
        said: Any = inside.switch(tell)
        while not inside.dead:
            yield said
            inside.parent = getcurrent()
            said = inside.switch()
        return said  # type: ignore[no-any-return]
    finally:
        closed = True
        if not inside.dead:
            inside.parent = getcurrent()
            inside.throw()
