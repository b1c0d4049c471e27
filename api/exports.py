"""Models taken elsewhere: folders as ZIP files, the call that starts an endpoint, and the push of a
Space to the Hub.

Source of the header `Content-Disposition`: RFC 6266.
"""

import shutil
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from api import bodies, hands
from api.problems import JSON, Route
from api.turns import turn
from deploy import options, push, targets
from deploy.handler import endpoint
from deploy.names import label
from deploy.packing import zipped
from deploy.plan import Plan, plan
from pipelines.errors import Forbidden, InvalidInput, Unavailable
from pipelines.inference import Inference
from pipelines.settings import Settings

PATH = "/exports"
MOST = 2  # folders that are written or sent at a time
SOON = 10.0  # seconds after which one of them may be done
SPARE = 100_000_000  # bytes that stay free on the disk
PLAIN = ("model", "task")  # of a query; the others are options of the target
Name = Annotated[str, Field(min_length=1, max_length=300)]


class Push(BaseModel):
    """`token` is one of the Hub, of whoever pushes; it is used for this one request."""

    model_config = ConfigDict(extra="forbid")
    model: Name
    task: Name | None = None
    space: Name
    token: SecretStr
    private: bool = True
    hardware: Name | None = None
    sleep: int | None = Field(None, ge=-1, le=31_536_000)
    zero: bool = False


class Desk:
    """Writes folders, a few at a time, each gone when it has been sent."""

    def __init__(self, inference: Inference, settings: Settings) -> None:
        self.inference, self.settings = inference, settings
        self.place = settings.home.expanduser() / "exports"
        self.seats = threading.BoundedSemaphore(MOST)

    async def plan(self, request: Request, name: str, tag: str | None) -> Plan:
        """Of a model that is here for whoever asks; it counts as a call. Raises TaglineError."""
        client = turn(request.scope, self.inference)
        await self.inference.engine.allowance.admit(client)
        token = bodies.token(request)
        return await run_in_threadpool(plan, self.inference.models, name, tag, token)

    @contextmanager
    def turn(self) -> Iterator[Path]:
        """An empty folder, as long as it is needed. Raises Unavailable where too many are."""
        if not self.seats.acquire(blocking=False):
            raise Unavailable("Other exports are being sent. Try again in a moment.", SOON)
        folder: Path | None = None
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            folder = Path(mkdtemp(dir=self.place))
            yield folder
        finally:
            self.seats.release()
            if folder:
                shutil.rmtree(folder, ignore_errors=True)

    def write(self, target: str, about: Plan, scratch: Path, query: dict[str, str]) -> Path:
        """The folder of a target in `scratch`. Raises TaglineError."""
        self.check(target, about, query)
        folder = scratch / named(target, about)
        targets.write(target, about, folder, **options.read(target, query))
        return folder

    def tried(self, target: str, about: Plan, query: dict[str, str]) -> int:
        """The same as `check`; what is but a few texts is written, so that its target can refuse
        an option by itself."""
        size = self.check(target, about, query)
        if size <= targets.TEXTS:
            with self.turn() as scratch:
                self.write(target, about, scratch, query)
        return size

    def check(self, target: str, about: Plan, query: dict[str, str]) -> int:
        """About how many bytes it has. Raises TaglineError for what cannot be written."""
        options.read(target, query)
        size = targets.size(target, about)
        self.place.mkdir(parents=True, exist_ok=True)
        if size + SPARE > shutil.disk_usage(self.place).free:
            raise Unavailable(
                "This server's disk has no room to write the export. Ask its operator, or write "
                "it on another machine with `python app.py export`."
            )
        return size


def router(inference: Inference, settings: Settings) -> APIRouter:
    routes = APIRouter(prefix=PATH, route_class=Route, include_in_schema=False)
    desk = Desk(inference, settings)

    @routes.get("/{target}.zip")
    async def download(request: Request, target: str, model: Name, task: str = "") -> Response:
        """The folder of a target. What else the query has are the target's options."""
        options.of(target)
        about = await desk.plan(request, model, task or None)
        room = desk.turn()
        scratch = room.__enter__()
        try:
            folder = await run_in_threadpool(desk.write, target, about, scratch, others(request))
        except BaseException:
            room.__exit__(None, None, None)
            raise

        async def sent() -> AsyncGenerator[bytes, None]:
            try:
                async for chunk in iterate_in_threadpool(zipped(folder)):
                    yield chunk
            finally:
                room.__exit__(None, None, None)

        told = {
            "content-disposition": f'attachment; filename="{folder.name}.zip"',
            "cache-control": "no-store",
        }
        return StreamingResponse(sent(), headers=told, media_type="application/zip")

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

    @routes.get("/{target}")
    async def check(request: Request, target: str, model: Name, task: str = "") -> Response:
        """What a download would bring: its name and about its bytes. Raises what stands in its
        way."""
        about = await desk.plan(request, model, task or None)
        size = await run_in_threadpool(desk.tried, target, about, others(request))
        return JSON({"name": f"{named(target, about)}.zip", "bytes": size})

    @routes.post("/push")
    async def put(request: Request) -> Response:
        """Puts a model on the Hub as a Space of whoever has the token; the address of the Space."""
        check_push(request, settings)
        asked = await bodies.take(request, Push, '{"model": "...", "space": "...", "token": "..."}')
        about = await desk.plan(request, asked.model, asked.task)
        with desk.turn() as scratch:
            query = {"zero": "1"} if asked.zero else {}
            folder = await run_in_threadpool(desk.write, "space", about, scratch, query)
            link = await run_in_threadpool(send, settings.hub, asked, folder)
        return JSON({"link": link}, 201)

    return routes


def others(request: Request) -> dict[str, str]:
    """The options in a query."""
    return {name: text for name, text in request.query_params.items() if name not in PLAIN}


def named(target: str, about: Plan) -> str:
    return f"{label(about.model.id)}-{target}"


def check_push(request: Request, settings: Settings) -> None:
    """Raises Forbidden: strangers do not have this server upload for them."""
    if settings.offline:
        raise Forbidden("This server never asks the Hub (TAGLINE_OFFLINE). Download the folder.")
    if not hands.may(request.scope, settings):
        raise Forbidden(
            "Only whoever may load models by hand on this server may push with it. Download the "
            "folder and push it yourself: its README.md says how."
        )


def send(hub: str, asked: Push, folder: Path) -> str:
    if not asked.token.get_secret_value().strip():
        raise InvalidInput("token: is empty. Make one that may write, in the Hub's settings.")
    wish = push.Wish(private=asked.private, hardware=asked.hardware, sleep=asked.sleep)
    return push.Spaces(hub, asked.token.get_secret_value().strip()).push(folder, asked.space, wish)
