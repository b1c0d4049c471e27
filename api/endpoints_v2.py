"""`/v2`: endpoints over HTTP, by the paths and bodies of Inference Endpoints' own API, so that
huggingface_hub's client manages these as it does those.

Any namespace means this server: it has one. Source of the paths: `HfApi` of huggingface_hub.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from api import bodies, endpoints_seen
from api import endpoint_bodies as shapes
from api.endpoint_desk import ONE, Desk
from api.problems import JSON, RESPONSES, Route
from endpoints.prices import Prices
from endpoints.service import Endpoint, Endpoints
from endpoints.spec import read
from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.settings import Settings

MAX_BODY = 1.0  # MB
UPDATE = {"compute": {"scaling": {"maxReplica": 2}}, "tagline": {"max_batch": 16}}
CREATE = {"name": "words", "model": {"repository": "org/name"}, "type": "public"} | UPDATE
Verb = Callable[[str, str], Awaitable[Endpoint]]


def router(
    endpoints: Endpoints, settings: Settings, hardware: Hardware, prices: Prices
) -> APIRouter:
    routes = APIRouter(prefix="/v2", route_class=Route, tags=["Endpoints"], responses=RESPONSES)
    desk = Desk(endpoints, settings)
    write(routes, desk)
    turn(routes, desk)
    endpoints_seen.look(routes, desk)
    endpoints_seen.offer(routes, desk, hardware, prices)
    return routes


def write(routes: APIRouter, desk: Desk) -> None:
    """Endpoints are made, shown, changed and ended."""
    endpoints = desk.endpoints

    @routes.get("/endpoint/{namespace}")
    async def list_all(request: Request, namespace: str) -> Response:
        """Every endpoint of this server."""
        await desk.enter(request)
        return JSON({"items": [desk.seen(request, each) for each in endpoints.list()]})

    @routes.post("/endpoint/{namespace}", status_code=201, openapi_extra=body_of(CREATE))
    async def create(request: Request, namespace: str) -> Response:
        """A new endpoint, which begins to come up."""
        who = await desk.enter(request)
        change, secrets = shapes.change_of(await bodies.read(request, MAX_BODY))
        for field in ("name", "model"):
            if field not in change:
                raise InvalidInput(f"{field}: field required. /docs shows what is taken.")
        return desk.told(request, await endpoints.create(read(change), who, secrets), 201)

    @routes.get(ONE)
    async def get(request: Request, namespace: str, name: str) -> Response:
        """One endpoint: what it should be, and how it stands."""
        await desk.enter(request)
        return desk.told(request, endpoints.get(name))

    @routes.put(ONE, openapi_extra=body_of(UPDATE))
    async def update(request: Request, namespace: str, name: str) -> Response:
        """Changes the fields that are given; replicas are replaced without losing a call."""
        who = await desk.enter(request)
        now = endpoints.get(name).spec
        change, secrets = shapes.change_of(await bodies.read(request, MAX_BODY), now)
        return desk.told(request, await endpoints.update(name, change, who, secrets))

    @routes.delete(ONE)
    async def delete(request: Request, namespace: str, name: str) -> Response:
        """Ends it; what is under way is answered."""
        await endpoints.delete(name, await desk.enter(request))
        return JSON({})


def turn(routes: APIRouter, desk: Desk) -> None:
    """What is done with one as a whole, or with one of its replicas."""
    endpoints = desk.endpoints

    def verb(path: str, do: Verb, about: str) -> None:
        async def answer(request: Request, namespace: str, name: str) -> Response:
            return desk.told(request, await do(name, await desk.enter(request)))

        routes.add_api_route(
            f"{ONE}/{path}", answer, methods=["POST"], name=path, description=about
        )

    verb("pause", endpoints.pause, "Nothing of it runs until it is resumed.")
    verb("resume", endpoints.resume, "Brings a paused endpoint up, and tries a failed one anew.")
    verb("scale-to-zero", endpoints.scale_to_zero, "Nothing of it runs until it is called.")

    @routes.post(ONE + "/replica/{replica}/restart")
    async def restart(request: Request, namespace: str, name: str, replica: str) -> Response:
        """Puts a new replica in the place of this one, without losing a call."""
        await endpoints.restart(name, replica, await desk.enter(request))
        return desk.told(request, endpoints.get(name))


def body_of(example: dict[str, Any]) -> dict[str, Any]:
    """It is read by us, so that its errors are ours."""
    json = {"schema": {"type": "object"}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": json}}}
