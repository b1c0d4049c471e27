"""Errors over HTTP: always a JSON object whose `error` every client shows."""

import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from functools import lru_cache
from typing import Any, Literal

import orjson
from fastapi import Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Scope

from api import headers
from api.faults import error_code, error_type
from pipelines.errors import InvalidInput, Loading, TaglineError

log = logging.getLogger(__name__)
Handle = Callable[[Request], Coroutine[Any, Any, Response]]
FAILED = "Something went wrong here. The server's log has the details."
MOST = 4_000  # characters of a message: names in a body may be megabytes long
HUNG_UP = 499  # nginx's status for a client that left; nobody receives it


class Problem(BaseModel):
    """What went wrong, what is allowed, and what to do next."""

    error: str
    error_type: (
        Literal["validation", "generation", "incomplete_generation", "overloaded"] | None
    ) = None


# For the routers: without it FastAPI documents an error body of its own.
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "What went wrong, and what to do next"}
}


class JSON(Response):
    """JSON by orjson: fast for vectors, and NaN becomes null instead of an error."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def problem(
    request: Request, status: int, message: str, extra: dict[str, str] | None = None
) -> JSON:
    return JSON(told(request, message), status, {**forbidden(status, message), **(extra or {})})


def forbidden(status: int, message: str) -> dict[str, str]:
    """huggingface_hub shows this header, or else "None", in what it raises for a 403."""
    return {"x-error-message": headers.one_line(message)} if status == 403 else {}


def told(request: Request, message: str) -> dict[str, Any]:
    """The body of an error. openai's own client shows `error.message` and nothing else; the others
    want `error` to be the sentence.
    """
    words = sendable(message)
    if "OpenAI/" not in request.headers.get("user-agent", ""):
        return {"error": words}
    return {"error": {"message": words, "type": "tagline_error", "param": None, "code": None}}


def sendable(message: str) -> str:
    """Short, and without what a file's odd name may bring into it and JSON cannot hold."""
    cut = message if len(message) <= MOST else message[: MOST - 1] + "…"
    return cut.encode("utf-8", "replace").decode()


def of(request: Request, error: TaglineError) -> JSON:
    """A TaglineError as a response; `Retry-After` in whole seconds where waiting helps."""
    more = forbidden(error.status, str(error))
    if error.retry_after:
        more["retry-after"] = str(max(1, round(error.retry_after)))
    if error.status == 401:
        more["www-authenticate"] = 'Bearer realm="Tagline"'
    if code := error_code(error):
        more["x-error-code"] = code
    body = told(request, str(error))
    if isinstance(body["error"], str) and (kind := error_type(error)):
        body["error_type"] = kind
    if isinstance(error, Loading):  # the classic API's word for it
        body["estimated_time"] = error.retry_after
    return JSON(body, error.status, more)


def in_words(error: RequestValidationError) -> str:
    """What is wrong with the query or the path, each by its name."""
    said = [
        f"{each['loc'][-1]}: {each['msg'][:1].lower()}{each['msg'][1:]}" for each in error.errors()
    ]
    return "; ".join(said[:5]) + "."


class Route(APIRoute):
    """A route whose errors are ours; Gradio's own paths keep theirs.

    Doubled and trailing slashes, which joined addresses often have, do not matter to it.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = plain(scope["path"])
        return super().matches(scope if path == scope["path"] else {**scope, "path": path})

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            return headers.sign(await answer(handle, request), request)

        return guarded


@lru_cache(1024)  # every route asks for it
def plain(path: str) -> str:
    """`//a//b/` as `/a/b`. A newline counts as a slash, since no route's pattern would match it."""
    return "/" + "/".join(filter(None, re.split("[/\n]", path)))


async def answer(handle: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        return await handle(request)
    except TaglineError as error:
        return of(request, error)
    except RequestValidationError as error:
        return of(request, InvalidInput(in_words(error)))
    except HTTPException as error:
        return problem(request, error.status_code, str(error.detail), dict(error.headers or {}))
    except ClientDisconnect:
        return Response(status_code=HUNG_UP)
    except Exception:
        log.exception("A request failed.")
        return problem(request, 500, FAILED)
