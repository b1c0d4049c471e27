"""Server-sent events."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import orjson
from fastapi.responses import StreamingResponse

from pipelines.errors import TaglineError

DONE = b"data: [DONE]\n\n"  # with the space: clients compare the whole line


def event(value: Any) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\n\n"


async def respond(
    chunks: AsyncGenerator[Any, None],
    events: Callable[[Any], list[Any]],
    headers: dict[str, str],
    end: bytes = b"",
) -> StreamingResponse:
    """Streams `events(chunk)` for every chunk, then `end`.

    The first chunk is awaited here, so that what fails before it gets a plain HTTP error.
    """
    try:
        first = await anext(chunks)
    except StopAsyncIteration:
        first = None
    except BaseException:
        await chunks.aclose()
        raise
    return StreamingResponse(
        write(first, chunks, events, end),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no", **headers},
    )


async def write(
    first: Any,
    chunks: AsyncGenerator[Any, None],
    events: Callable[[Any], list[Any]],
    end: bytes,
) -> AsyncIterator[bytes]:
    async with aclosing(chunks):
        try:
            if first is not None:
                for each in events(first):
                    yield event(each)
            async for chunk in chunks:
                for each in events(chunk):
                    yield event(each)
        except TaglineError as error:
            yield event({"error": str(error), "error_type": "generation"})
        yield end
