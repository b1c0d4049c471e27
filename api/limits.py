"""How many calls one caller may send.

Counted are the calls that make a model work, and uploads. Gradio's own calls are counted where they
ask for a model (`Allowance.admit`): most that a page sends asks for none.

Source of the headers: draft-ietf-httpapi-ratelimit-headers-09, which huggingface_hub reads.
"""

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import callers, headers, problems
from api.problems import plain
from pipelines.allowance import Allowance, Standing

COUNTED = (
    "/models/",
    "/hf-inference/",
    "/v1/",
    "/pipeline/",
    "/endpoints/",
    "/kept/",
    "/recent/",
    "/gradio_api/upload/",
)


class Limits:
    """Refuses the calls of a caller who has sent too many, and tells others where they stand."""

    def __init__(self, app: ASGIApp, allowance: Allowance) -> None:
        self.app, self.allowance = app, allowance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        standing = await self.hit(scope)
        if standing is None:
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(fields(standing))
            await send(message)

        if standing.over:
            request = Request(scope)
            answer = headers.sign(problems.of(request, standing.error()), request)
            await answer(scope, receive, told)
        else:
            await self.app(scope, receive, told)

    async def hit(self, scope: Scope) -> Standing | None:
        counts = scope["type"] == "http" and scope["method"] == "POST"
        if counts and f"{plain(scope['path'])}/".startswith(COUNTED):
            return await self.allowance.hit(callers.of(scope).name)
        return None


def fields(standing: Standing) -> dict[str, str]:
    """The headers of an answer."""
    return {
        "ratelimit": f'"api";r={standing.left};t={standing.reset}',
        "ratelimit-policy": f'"fixed window";"api";q={standing.most};w={standing.seconds}',
    }
