"""`/v2`: endpoints over HTTP, by the paths and bodies of Inference Endpoints' own API, so that
huggingface_hub's client manages these as it does those.

Any namespace means this server: it has one. Source of the paths: `HfApi` of huggingface_hub.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api import bodies, callers, doors
from api import endpoint_bodies as shapes
from api.problems import JSON, RESPONSES, Route
from endpoints.engines import Line
from endpoints.service import Endpoint, Endpoints
from endpoints.spec import read
from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.settings import Settings

MAX_BODY = 1.0  # MB
MOST = 1_000  # lines or events in one answer
TEXT = "text/plain; charset=utf-8"
UPDATE = {"compute": {"scaling": {"maxReplica": 2}}, "tagline": {"max_batch": 16}}
CREATE = {"name": "words", "model": {"repository": "org/name"}, "type": "public"} | UPDATE
Verb = Callable[[str, str], Awaitable[Endpoint]]


def router(endpoints: Endpoints, settings: Settings, hardware: Hardware) -> APIRouter:
    routes = APIRouter(prefix="/v2", route_class=Route, tags=["Endpoints"], responses=RESPONSES)
    one = "/endpoint/{namespace}/{name}"

    async def enter(request: Request) -> str:
        """Who manages. Raises Unauthorized or Forbidden for whoever may not."""
        doors.check_manage(request.scope, settings)
        await endpoints.settled()
        token = callers.of(request.scope).token
        return token.name if token else "this machine"

    def told(request: Request, each: Endpoint, status: int = 200) -> Response:
        return JSON(seen(each, str(request.base_url)), status)

    def seen(each: Endpoint, base: str) -> dict[str, Any]:
        return shapes.told(each, base, endpoints.watch(each.spec.name).last)

    @routes.get("/endpoint/{namespace}")
    async def list_all(request: Request, namespace: str) -> Response:
        """Every endpoint of this server."""
        await enter(request)
        base = str(request.base_url)
        return JSON({"items": [seen(each, base) for each in endpoints.list()]})

    @routes.post("/endpoint/{namespace}", status_code=201, openapi_extra=body_of(CREATE))
    async def create(request: Request, namespace: str) -> Response:
        """A new endpoint, which begins to come up."""
        who = await enter(request)
        change, secrets = shapes.change_of(await bodies.read(request, MAX_BODY))
        for field in ("name", "model"):
            if field not in change:
                raise InvalidInput(f"{field}: field required. /docs shows what is taken.")
        return told(request, await endpoints.create(read(change), who, secrets), 201)

    @routes.get(one)
    async def get(request: Request, namespace: str, name: str) -> Response:
        """One endpoint: what it should be, and how it stands."""
        await enter(request)
        return told(request, endpoints.get(name))

    @routes.put(one, openapi_extra=body_of(UPDATE))
    async def update(request: Request, namespace: str, name: str) -> Response:
        """Changes the fields that are given; replicas are replaced without losing a call."""
        who = await enter(request)
        now = endpoints.get(name).spec
        change, secrets = shapes.change_of(await bodies.read(request, MAX_BODY), now)
        return told(request, await endpoints.update(name, change, who, secrets))

    @routes.delete(one)
    async def delete(request: Request, namespace: str, name: str) -> Response:
        """Ends it; what is under way is answered."""
        await endpoints.delete(name, await enter(request))
        return JSON({})

    def verb(path: str, do: Verb, about: str) -> None:
        async def turn(request: Request, namespace: str, name: str) -> Response:
            return told(request, await do(name, await enter(request)))

        routes.add_api_route(f"{one}/{path}", turn, methods=["POST"], name=path, description=about)

    verb("pause", endpoints.pause, "Nothing of it runs until it is resumed.")
    verb("resume", endpoints.resume, "Brings a paused endpoint up, and tries a failed one anew.")
    verb("scale-to-zero", endpoints.scale_to_zero, "Nothing of it runs until it is called.")

    @routes.post(one + "/replica/{replica}/restart")
    async def restart(request: Request, namespace: str, name: str, replica: str) -> Response:
        """Puts a new replica in the place of this one, without losing a call."""
        await endpoints.restart(name, replica, await enter(request))
        return told(request, endpoints.get(name))

    @routes.get(one + "/logs", response_class=Response)
    async def logs(
        request: Request, namespace: str, name: str, replica: str | None = None, tail: int = 50,
        follow: bool = False,
    ) -> Response:  # fmt: skip
        """The last lines of its replicas' logs as text, or as JSON for who accepts that; with
        `follow`, further ones as they are written."""
        await enter(request)
        lines = await endpoints.logs(name, replica, max(0, min(tail, MOST)))
        if follow:
            more = endpoints.follow(name, replica)
            return StreamingResponse(following(lines, more), media_type=TEXT)
        if "json" in request.headers.get("accept", ""):
            return JSON({"items": [asdict(each) for each in lines]})
        return Response("".join(map(written, lines)), media_type=TEXT)

    @routes.get(one + "/metrics")
    async def metrics(
        request: Request, namespace: str, name: str, seconds: float = 3600
    ) -> Response:
        """Its numbers now, and a sample every five seconds of the time before."""
        await enter(request)
        samples = [asdict(each) for each in endpoints.history(name, seconds)]
        return JSON({"now": dict(await endpoints.metrics(name)), "samples": samples})

    @routes.get(one + "/events")
    async def events(request: Request, namespace: str, name: str, limit: int = 50) -> Response:
        """What happened to it, and who did what, the newest first."""
        await enter(request)
        found = await endpoints.events(name, max(1, min(limit, MOST)))
        return JSON({"items": [asdict(each) for each in found]})

    @routes.get("/audit/{namespace}")
    async def audit(request: Request, namespace: str, limit: int = 100) -> Response:
        """Who did what with any endpoint, the newest first."""
        await enter(request)
        found = await endpoints.audit(max(1, min(limit, MOST)))
        return JSON({"items": [asdict(each) for each in found]})

    @routes.get("/provider/{namespace}")
    async def provider(request: Request, namespace: str) -> Response:
        """The hardware that there is to choose from."""
        await enter(request)
        return JSON(shapes.provider(hardware, hardware.memory, endpoints.engines))

    return routes


def body_of(example: dict[str, Any]) -> dict[str, Any]:
    """It is read by us, so that its errors are ours."""
    json = {"schema": {"type": "object"}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": json}}}


def written(line: Line) -> str:
    return f"{line.replica} {line.level.upper()} {line.text}\n"


async def following(before: Iterable[Line], more: AsyncGenerator[Line, None]) -> Any:
    for each in before:
        yield written(each)
    async with aclosing(more):
        async for each in more:
            yield written(each)
