"""Runs of one call that go through a model beside one another.

Whatever stands in for a module's own forward (`pipelines.acceleration`) may do several calls at a
time, each by a part of the processor's threads: threads that share one run wait for each other at
the end of every layer, and for whatever else the machine does.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any, TypeVar

Run = TypeVar("Run")
Made = TypeVar("Made")
# Whether a run is one of several
is_beside: ContextVar[bool] = ContextVar("is_beside", default=False)


def lanes_of(module: Any) -> int:
    """How many calls at a time it does."""
    return int(getattr(module.forward, "lanes", 1))


def side_by_side(work: Callable[[Run], Made], runs: Sequence[Run], lanes: int) -> list[Made]:
    """What `work` makes of each run, in their order; so many at a time. `work` may not tokenize: a
    tokenizer has one caller at a time."""
    if lanes < 2 or len(runs) < 2:
        return [work(run) for run in runs]

    def one(run: Run) -> Made:
        is_beside.set(True)
        return work(run)

    contexts = [copy_context() for _ in runs]
    return list(threads(lanes).map(lambda context, run: context.run(one, run), contexts, runs))


@cache
def threads(lanes: int) -> ThreadPoolExecutor:
    """Kept, because torch makes a team of threads for each that is new."""
    return ThreadPoolExecutor(lanes, "lane")
