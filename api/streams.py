"""Server-sent events."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import orjson
from fastapi.responses import StreamingResponse

from api.problems import FAILED, sendable
from pipelines.errors import TaglineError

log = logging.getLogger(__name__)
DONE = b"data: [DONE]\n\n"  # with the space: clients compare the whole line
Events = Callable[[Any], list[Any]]


def event(value: Any) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"


def failure(error: Exception) -> bytes:
    """What a stream that has begun says when it breaks: its status line is long gone.

    Source: text-generation-inference's error event, which huggingface_hub and openai both raise.
    """
    known = isinstance(error, TaglineError)
    if not known:
        log.error("A stream failed", exc_info=error)
    message = sendable(str(error)) if known else FAILED
    return event({"error": message, "error_type": "generation"})


async def respond(
    chunks: AsyncGenerator[Any, None], events: Events, headers: dict[str, str], end: bytes = b""
) -> StreamingResponse:
    """Streams `events(chunk)` for every chunk, then `end`.

    The first chunk is awaited here, so that what fails before it gets a plain HTTP error.
    """
    try:
        first = [await anext(chunks)]
    except StopAsyncIteration:
        first = []
    except BaseException:
        await chunks.aclose()
        raise
    return StreamingResponse(
        write(first, chunks, events, end),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no", **headers},
    )


async def write(
    first: list[Any], chunks: AsyncGenerator[Any, None], events: Events, end: bytes
) -> AsyncIterator[bytes]:
    async with aclosing(chunks):
        try:
            for chunk in first:
                yield b"".join(map(event, events(chunk)))
            async for chunk in chunks:
                yield b"".join(map(event, events(chunk)))
        except Exception as error:
            yield failure(error)
        yield end
