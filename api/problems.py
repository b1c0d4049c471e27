"""Errors over HTTP: always a JSON object with a string `error`, which every client shows."""

import logging
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import HTTPException
from fastapi.routing import APIRoute

from pipelines.errors import TaglineError

log = logging.getLogger(__name__)
EXPOSED = "x-compute-type, x-compute-time, x-request-id, retry-after"


class JSON(Response):
    """JSON by orjson: fast for vectors, and NaN becomes null instead of an error."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> JSON:
    return JSON({"error": message}, status, headers)


def of(error: TaglineError) -> JSON:
    """A TaglineError as a response; `Retry-After` in whole seconds where waiting helps."""
    wait = {"retry-after": str(max(1, round(error.retry_after)))} if error.retry_after else None
    return problem(error.status, str(error), wait)


class Route(APIRoute):
    """A route whose errors are ours; Gradio's own paths keep theirs."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            response = await answer(handle, request)
            name = request.headers.get("x-request-id", "")
            response.headers["x-request-id"] = name[:128] if name.isascii() and name else new_id()
            response.headers["access-control-expose-headers"] = EXPOSED
            return response

        return guarded


def new_id() -> str:
    return uuid.uuid4().hex


async def answer(
    handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request
) -> Response:
    try:
        return await handle(request)
    except TaglineError as error:
        return of(error)
    except HTTPException as error:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))
    except Exception:
        log.exception("%s %s failed", request.method, request.url.path)
        return problem(500, "Something went wrong here. The server's log has the details.")
