"""Server-sent events."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import StreamingResponse

from api import headers
from api.answers import plain
from api.faults import error_type
from api.problems import FAILED, told
from api.waiting import while_there
from pipelines.errors import TaglineError

log = logging.getLogger(__name__)
DONE = b"data: [DONE]\n\n"  # with the space: clients compare the whole line


def event(value: Any) -> bytes:
    return b"data: " + orjson.dumps(plain(value)) + b"\n\n"


def failure(request: Request, error: Exception) -> bytes:
    """What a stream that has begun says when it breaks: its status line is long gone.

    Source: text-generation-inference's error event, which huggingface_hub and openai both raise.
    """
    known = isinstance(error, TaglineError)
    if not known:
        log.error("A stream failed", exc_info=error)
    kind = error_type(error) or "generation"
    return event(told(request, str(error) if known else FAILED) | {"error_type": kind})


async def respond(
    request: Request,
    events: AsyncGenerator[Any, None],
    said: dict[str, str],
    notices: Sequence[str],
    end: bytes = b"",
) -> StreamingResponse:
    """Streams `events`, then `end`.

    The first event is awaited here, so that what fails before it gets a plain HTTP error, and what
    is told before it stands in the headers: `notices` fill meanwhile.
    """
    try:
        first = [event(await while_there(request, anext(events)))]
    except StopAsyncIteration:
        first = []
    except BaseException:
        await events.aclose()
        raise
    response = StreamingResponse(
        write(request, first, events, end),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no", **said},
    )
    return headers.warn(response, notices)


async def write(
    request: Request, first: list[bytes], events: AsyncGenerator[Any, None], end: bytes
) -> AsyncIterator[bytes]:
    async with aclosing(events):
        try:
            for each in first:
                yield each
            async for value in events:
                yield event(value)
        except Exception as error:
            yield failure(request, error)
        yield end
