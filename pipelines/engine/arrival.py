"""The promise that a model will be there: one load, for all who wait for it."""

import asyncio
from typing import Any

from pipelines.errors import TaglineError


class Arrival:
    """`coming` is done when the model is there, or will not come; nobody need wait for it."""

    def __init__(self) -> None:
        self.coming = promised()

    @property
    def done(self) -> bool:
        return self.coming.done()

    def come(self) -> None:
        """The model is there."""
        if not self.done:
            self.coming.set_result(None)

    def fail(self, error: TaglineError) -> None:
        """The model will not come."""
        if not self.done:
            self.coming.set_exception(error)

    def renew(self) -> None:
        """The model has gone and will come again."""
        if self.done:
            self.coming = promised()

    async def ended(self, seconds: float, over: asyncio.Event | None) -> bool:
        """Whether the load ends within so many seconds, well or badly, or `over` is set before."""
        if self.done:
            return True
        told = asyncio.ensure_future((over or asyncio.Event()).wait())
        waited: set[asyncio.Future[Any]] = {self.coming, told}
        try:
            await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
        return self.done or told.done()

    def check(self) -> None:
        """Raises what a load that has ended failed with."""
        self.coming.result()


def promised() -> "asyncio.Future[None]":
    made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    # An error that nobody waited for is no error of the loop's.
    made.add_done_callback(lambda coming: coming.cancelled() or coming.exception())
    return made
