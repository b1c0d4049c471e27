"""The same engine twice, with its models in processes and in this one, on one event loop."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from benchmarks.models import engine, workers
from pipelines.engine import zygote
from pipelines.engine.inline import Inline

T = TypeVar("T")


class Duo:
    """`threads` compute in each, None for all of the machine."""

    def __init__(self, runner: asyncio.Runner, threads: int | None = None) -> None:
        self.runner = runner
        self.placement = workers()
        self.workers = engine(self.placement, threads)
        self.inline = engine(Inline(), threads)
        zygote.preload()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Its outcome. Between two runs nothing of this process computes."""
        return self.runner.run(work)


@contextmanager
def duo(threads: int | None = None) -> Iterator[Duo]:
    with asyncio.Runner() as runner:
        both = Duo(runner, threads)
        try:
            yield both
        finally:
            both.run(both.workers.close())
            both.run(both.inline.close())
