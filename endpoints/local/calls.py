"""A call on its way to a replica: how often it is tried, how long it may take, and its parts."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pipelines.engine.call import Answer
from pipelines.errors import NotBegun, TaglineError, TooSlow, Unavailable, WorkerDied

MOST_TRIES = 10  # of a call that never began


class Tries:
    """How often a call has met a dying replica."""

    def __init__(self) -> None:
        self.count, self.begun = 0, 0

    def note(self, error: WorkerDied) -> None:
        """Raises `error` where the call should not be tried again: one that had begun is, once."""
        self.count += 1
        self.begun += not isinstance(error, NotBegun)
        if self.begun > 1 or self.count > MOST_TRIES:
            raise error


def failed(name: str, trouble: TaglineError | None) -> Unavailable:
    return Unavailable(
        f"Endpoint {name} has failed: {trouble} Its owner can update it, or pause and resume it to "
        "try again."
    )


def joined(answers: Sequence[Answer]) -> Answer:
    """The parts of one answer as a whole."""
    if len(answers) == 1:
        return answers[0]
    notices = dict.fromkeys(each for answer in answers for each in answer.notices)
    return Answer(
        [value for answer in answers for value in answer.values],
        sum(each.seconds for each in answers),
        answers[0].device,
        tuple(notices),
        sum(each.tokens for each in answers),
    )


@dataclass(frozen=True, eq=False)
class Limit:
    """What a call of the endpoint `name` may take: `seconds` from when a replica `works` on it, in
    the event loop's time. Until then another call may keep the replica busy."""

    name: str
    seconds: float
    works: "asyncio.Future[float]"

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Raises TooSlow for what takes longer."""
        try:
            async with asyncio.timeout(None) as limit:

                def begin(works: "asyncio.Future[float]") -> None:
                    with suppress(RuntimeError):  # it was over in the same moment
                        limit.reschedule(works.result() + self.seconds)

                if self.works.done():
                    begin(self.works)
                else:
                    self.works.add_done_callback(begin)
                try:
                    yield
                finally:
                    self.works.remove_done_callback(begin)
        except TimeoutError as error:
            raise TooSlow(
                f"Endpoint {self.name} did not answer within its timeout of {self.seconds:g} s. "
                "Ask for less, or raise the endpoint's timeout."
            ) from error


async def until(chunks: AsyncGenerator[Any, None], limit: Limit) -> AsyncGenerator[Any, None]:
    """The chunks that come in time; then TooSlow is raised."""
    async with aclosing(chunks):
        while True:
            try:
                async with limit.kept():
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            yield chunk
