"""A prediction as a response: JSON, or the file itself in the format that the caller accepts."""

import asyncio
import base64
from typing import Any

from fastapi import Request, Response

from api import headers
from api.dialects import said_to
from api.problems import JSON
from pipelines.engine.call import Answer
from pipelines.formats import best, convert, like, preferred
from pipelines.kinds.outputs import output_kind
from pipelines.kinds.shapes import is_media
from pipelines.task import Task


async def respond(request: Request, task: Task, value: Any, answer: Answer) -> Response:
    """`value` with what it cost, and what is to be known of it."""
    file = output_kind(task.output).file
    told = headers.computed(answer)
    accept = request.headers.get("accept", "")
    if file and isinstance(value, dict):
        made = file(value)
        offers = [JSON.media_type, *like(made["mime"])]
        value = value if best(accept, offers) == JSON.media_type else made
    if is_media(value):
        media = await asyncio.to_thread(convert, value, preferred(accept, value["mime"]))
        response = Response(media["content"], media_type=media["mime"], headers=told)
    else:
        response = JSON(plain(said_to(request, value)), headers=told)
    if file or is_media(value):
        response.headers["vary"] = "accept"
    return headers.warn(response, answer.notices)


def plain(value: Any) -> Any:
    """A value with its files as JSON carries them: each an object of base64 and its type."""
    if is_media(value):
        blob = base64.b64encode(value["content"]).decode()
        return {"blob": blob, "content-type": value["mime"]}
    if isinstance(value, list):  # long lists of numbers are left as they are
        return [plain(each) for each in value] if any(map(holds, set(map(type, value)))) else value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def holds(kind: type) -> bool:
    """Whether there may be a file in what is of this kind."""
    return issubclass(kind, dict | list)
