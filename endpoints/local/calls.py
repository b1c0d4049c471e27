"""A call on its way to a replica: how often it is tried, how long it may take, and its parts."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
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


@asynccontextmanager
async def limited(name: str, seconds: float) -> AsyncIterator[None]:
    """Raises TooSlow for what takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TooSlow(
            f"Endpoint {name} did not answer within its timeout of {seconds:g} s. Ask for less, or "
            "raise the endpoint's timeout."
        ) from error


async def until(
    chunks: AsyncGenerator[Any, None], name: str, seconds: float
) -> AsyncGenerator[Any, None]:
    """The chunks that come within `seconds`; then TooSlow is raised."""
    end = time.monotonic() + seconds
    async with aclosing(chunks):
        while True:
            try:
                async with limited(name, max(0.0, end - time.monotonic())):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            yield chunk
