"""Runs that visitors keep by a permanent link, and inputs that are handed over to the page.

Kept is only what this server has computed itself a short while ago: a caller names it by the id
that the page got with its result, and sends no result of his own.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api import bodies, callers
from api.problems import JSON, Route
from pipelines import registry
from pipelines.errors import Forbidden, TooLarge, UnknownRun
from pipelines.inference import Inference
from pipelines.recent import Run
from pipelines.settings import Settings
from store.run import Visitor
from store.shelf import Shelf

KEY = "x-run-key"  # the header with the key that its keeper got
GONE = (
    "This server no longer holds that run: it holds its last ones for a day, or until it restarts. "
    "Run it again, then keep it."
)
OFF = "This server keeps no runs: its operator has set TAGLINE_KEEP_RUNS to 0."
Name = Annotated[str, Field(min_length=1, max_length=300)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Keep(Body):
    """`run` is the id of a run that the page has just shown."""

    run: Name
    shared: bool = False


class Share(Body):
    shared: bool


class Handed(Body):
    """Inputs and parameters as an HTTP call has them."""

    model: Name
    task: Name
    inputs: dict[str, Any]
    parameters: dict[str, Any] = {}


def router(inference: Inference, settings: Settings, shelf: Shelf) -> APIRouter:
    routes = APIRouter(route_class=Route, include_in_schema=False)

    @routes.post("/kept")
    async def keep(request: Request) -> Response:
        """Keeps a run: private to the caller's token, if he has one and does not share it."""
        wanted = await bodies.take(request, Keep, '{"run": "..."}')
        if settings.keep_runs == 0:
            raise Forbidden(OFF)
        owner = callers.token_id(request.scope)
        if (data := inference.recent.get(wanted.run, owner)) is None:
            raise UnknownRun(GONE)
        id, key = await run_in_threadpool(put, shelf, data, owner, wanted.shared)
        private = owner is not None and not wanted.shared
        told = {"id": id, "link": f"/?run={id}", "key": key, "private": private}
        return JSON(told, 201)

    @routes.patch("/kept/{id}")
    async def share(request: Request, id: str) -> Response:
        wanted = await bodies.take(request, Share, '{"shared": true}')
        who = visitor(request)
        shared = await run_in_threadpool(lambda: shelf.runs.share(id, who, wanted.shared))
        return JSON({"id": id, "private": not shared})

    @routes.delete("/kept/{id}")
    async def delete(request: Request, id: str) -> Response:
        who = visitor(request)
        await run_in_threadpool(lambda: shelf.runs.delete(id, who))
        return Response(status_code=204)

    @routes.post("/recent")
    async def hand_over(request: Request) -> Response:
        """Takes inputs, so that the page at the link shows them in its boxes."""
        body = await bodies.read(request, settings.max_body_mb)
        handed = bodies.checked(body, Handed, '{"model": "...", "task": "...", "inputs": {}}')
        id = inference.recent.put(read(handed, inference), callers.token_id(request.scope))
        if id is None:
            raise TooLarge("These inputs are too large to be handed over. Choose the files again.")
        return JSON({"id": id, "link": f"/?again={id}"}, 201)

    return routes


def put(shelf: Shelf, data: bytes, owner: int | None, shared: bool) -> tuple[str, str]:
    return shelf.runs.keep(data, owner, shared)


def read(handed: Handed, inference: Inference) -> Run:
    """Raises InvalidInput for what is nothing for the task, UnknownTask."""
    task = registry.get(handed.task)
    row = task.validate(task.inputs, handed.inputs, "inputs", inference.limits)
    params = task.read_params(handed.parameters, inference.limits)
    return Run(task.tag, handed.model, "", row.model_dump(), params.given())


def visitor(request: Request) -> Visitor:
    token = callers.of(request.scope).token
    admin = token is not None and token.scope == "admin"
    return Visitor(callers.token_id(request.scope), admin, request.headers.get(KEY, ""))
