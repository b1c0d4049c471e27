"""Models taken elsewhere: folders as ZIP files, the call that starts an endpoint, and the push of a
Space to the Hub.

Source of the header `Content-Disposition`: RFC 6266.
"""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from api import bodies, export_push
from api.export_desk import Desk, named
from api.export_push import Name, Push
from api.problems import JSON, Route
from deploy import options
from deploy.handler import endpoint
from deploy.packing import zipped
from pipelines.inference import Inference
from pipelines.settings import Settings

PATH = "/exports"
PLAIN = ("model", "task")  # of a query; the others are options of the target


def router(inference: Inference, settings: Settings) -> APIRouter:
    routes = APIRouter(prefix=PATH, route_class=Route, include_in_schema=False)
    desk = Desk(inference, settings)
    add_calls(routes, desk)  # before the targets, whose name may be any
    add_folders(routes, desk)
    add_push(routes, desk)
    return routes


def add_folders(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/{target}.zip")
    async def download(request: Request, target: str, model: Name, task: str = "") -> Response:
        """The folder of a target. What else the query has are the target's options."""
        options.of(target)
        about = await desk.plan(request, model, task or None)
        with ExitStack() as room:
            scratch = room.enter_context(desk.turn())
            folder = await run_in_threadpool(desk.write, target, about, scratch, others(request))
            return sent(folder, room.pop_all())

    @routes.get("/{target}")
    async def check(request: Request, target: str, model: Name, task: str = "") -> Response:
        """What a download would bring: its name and about its bytes. Raises what stands in its
        way."""
        about = await desk.plan(request, model, task or None)
        size = await run_in_threadpool(desk.tried, target, about, others(request))
        return JSON({"name": f"{named(target, about)}.zip", "bytes": size})


def sent(folder: Path, room: ExitStack) -> Response:
    """The folder as a ZIP file; `room` is left when it is sent."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        with room:
            async for chunk in iterate_in_threadpool(zipped(folder)):
                yield chunk

    told = {
        "content-disposition": f'attachment; filename="{folder.name}.zip"',
        "cache-control": "no-store",
    }
    return StreamingResponse(chunks(), headers=told, media_type="application/zip")


def add_calls(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/endpoint")
    async def code(
        request: Request,
        model: Name,
        task: str = "",
        repository: Annotated[str, Query(max_length=300)] = "",
        region: str = endpoint.REGIONS[0],
        type: str = endpoint.TYPES[0],
    ) -> Response:
        """The call that starts an endpoint of the handler, and, where it can do without one, of
        the model as the Hub has it."""
        about = await desk.plan(request, model, task or None)
        chosen = endpoint.Choice(repository or None, region, type)
        hub = endpoint.of_hub(about, chosen)
        made = {"handler": endpoint.of_handler(about, chosen).code}
        return JSON(made | ({"hub": hub.code} if hub else {}))


def add_push(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/push")
    async def put(request: Request) -> Response:
        """Puts a model on the Hub as a Space of whoever has the token; the address of the Space."""
        export_push.check(request, desk.settings)
        asked = await bodies.take(request, Push, '{"model": "...", "space": "...", "token": "..."}')
        about = await desk.plan(request, asked.model, asked.task)
        with desk.turn() as scratch:
            query = {"zero": "1"} if asked.zero else {}
            folder = await run_in_threadpool(desk.write, "space", about, scratch, query)
            link = await run_in_threadpool(export_push.send, desk.settings.hub, asked, folder)
        return JSON({"link": link}, 201)


def others(request: Request) -> dict[str, str]:
    """The options in a query."""
    return {name: text for name, text in request.query_params.items() if name not in PLAIN}
