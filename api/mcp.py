"""Every task as a tool: the Model Context Protocol over streamable HTTP.

Source: the protocol's specification; the `mcp` package speaks it, and is imported with the first
request. Gradio's own MCP server does not serve: its answers are Python's notation and no JSON, it
fetches what URLs a caller names, and it calls the app a second time without the caller's token.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from starlette.types import Message, Receive, Scope, Send

from api import bodies, tools
from api.problems import FAILED, Route
from api.turns import turn
from pipelines import registry
from pipelines.engine.call import Call, Status
from pipelines.errors import TaglineError
from pipelines.inference import Inference, with_notices
from pipelines.kinds.outputs import OutputKind, output_kind
from pipelines.models.offer import in_words
from pipelines.settings import MB

if TYPE_CHECKING:
    from mcp import types
    from mcp.server.lowlevel import Server

log = logging.getLogger(__name__)
PATHS = ("/mcp", "/gradio_api/mcp")  # the second is where clients look for a Gradio app's tools
TICK = 1.0  # seconds between two words on how far a call is
ABOUT = (
    "One tool for each task that a model can do. Leave out `model` to take the one named as its "
    "default. Files go in as base64 or as data: URLs, not as addresses or paths."
)
Serve = Callable[[Scope, Receive, Send], Awaitable[None]]
Tell = Callable[[str], Awaitable[None]]


def router(inference: Inference, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, include_in_schema=False)
    tools_of: list[Server[Any, Any]] = []

    async def speak(request: Request) -> Response:
        """One message of a client, and what comes of it. Nothing is kept between two."""
        if not tools_of:
            await asyncio.to_thread(load)
            tools_of.append(server(inference))
        return Spoken(serving(tools_of[0], int(max_body * MB)))

    for path in PATHS:
        routes.add_api_route(path, speak, methods=["POST"])
    return routes


class Spoken(Response):
    """An answer that `serve` writes; this one's headers are added."""

    def __init__(self, serve: Serve) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.serve = serve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self.raw_headers]}
            await send(message)

        await self.serve(scope, receive, signed)


def load() -> None:
    """Imports what takes a second; beside the loop, which others need."""
    import mcp.server.lowlevel
    import mcp.server.streamable_http_manager  # noqa: F401


def serving(server: "Server[Any, Any]", max_body: int) -> Serve:
    """What answers one request. It ends with its client: then what it began is cancelled."""
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        manager = StreamableHTTPSessionManager(
            server, stateless=True, max_request_body_size=max_body
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    return serve


def server(inference: Inference) -> "Server[Any, Any]":
    from mcp import types
    from mcp.server.lowlevel import Server

    made: Server[Any, Any] = Server("Tagline", version="1", instructions=ABOUT)

    @made.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]
    async def list_tools() -> list[types.Tool]:
        """All of them, or those that the address names: `/mcp?tools=translation,summarization`."""
        here = inference.models.list()
        wanted = chosen(made.request_context.request)
        return [
            types.Tool(
                name=tools.name_of(task),
                title=task.tag,
                description=tools.describe(task, here),
                inputSchema=tools.arguments(task, here),
                annotations=types.ToolAnnotations(
                    readOnlyHint=True, destructiveHint=False, openWorldHint=False
                ),
            )
            for task in registry.TASKS.values()
            if not wanted or tools.name_of(task) in wanted
        ]

    # Not validated by the package: the task's record does it, with sentences of its own.
    @made.call_tool(validate_input=False)  # type: ignore[untyped-decorator]
    async def call_tool(name: str, arguments: dict[str, Any]) -> list[types.ContentBlock]:
        try:
            return await answer(inference, made, name, arguments)
        except TaglineError:
            raise  # its sentence is the answer
        except Exception as error:
            log.exception("The tool %s failed", name[:80])
            raise RuntimeError(FAILED) from error

    return made


def chosen(request: Request | None) -> set[str]:
    said = request.query_params.get("tools", "") if request else ""
    return set(filter(None, said.split(",")))


async def answer(
    inference: Inference, server: "Server[Any, Any]", name: str, arguments: dict[str, Any]
) -> "list[types.ContentBlock]":
    task = tools.find(name)
    request = server.request_context.request
    assert request is not None
    client = turn(request.scope, inference)
    await inference.engine.allowance.admit(client)
    body = tools.body(task, arguments)
    wanted = arguments.get("model") or tools.usual(task, inference.models.list())
    model = await inference.models.resolve(str(wanted), bodies.token(request))
    _, asked = await inference.read(model, task.tag, body)
    call = Call(task, model, asked.inputs, asked.params, client)
    values = await followed(inference, call, teller(server))
    value = with_notices(task.wire(values, asked.many), call.notices)
    return await asyncio.to_thread(tools.content, task, value, call.notices)


# How far a call is ------------------------------------------------------------------------------


def teller(server: "Server[Any, Any]") -> Tell | None:
    """What sends a word on how far a call is; None for a caller who did not ask to be told."""
    context = server.request_context
    token = context.meta.progressToken if context.meta else None
    if token is None:
        return None
    told = 0

    async def tell(words: str) -> None:
        nonlocal told
        told += 1  # which the protocol wants to grow; how much there will be nobody knows
        await context.session.send_progress_notification(
            token, told, message=words, related_request_id=str(context.request_id)
        )

    return tell


async def followed(inference: Inference, call: Call, tell: Tell | None) -> list[Any]:
    """The values of a call, while `tell` hears of its load, and of its steps if it has some."""
    kind = output_kind(call.task.output)
    streams = call.task.streams(call.model)
    work = asyncio.ensure_future(
        stepped(inference, call, kind, tell) if streams else whole(inference, call)
    )
    try:
        while tell and not work.done():
            now = inference.engine.status(call.model)
            if now.state == "loading" or not (streams and kind.progress):
                await tell(words(now))
            await asyncio.wait({work}, timeout=TICK)
        return await work
    finally:
        work.cancel()


async def whole(inference: Inference, call: Call) -> list[Any]:
    return (await inference.engine.predict(call)).values


async def stepped(
    inference: Inference, call: Call, kind: OutputKind, tell: Tell | None
) -> list[Any]:
    """The same, piece by piece: whoever hangs up stops the model at the next one."""
    chunks: list[Any] = []
    async with aclosing(inference.engine.stream(call)) as stream:
        async for chunk in stream:
            chunks.append(chunk)
            if tell and kind.progress:
                done, steps = kind.progress(chunk)
                await tell(f"Step {done} of {steps}")
    return [kind.join(chunks)]


def words(now: Status) -> str:
    if now.state != "loading":
        return "Running"
    return f"Loading the model: {in_words(now.done)} of {in_words(now.total)}"
