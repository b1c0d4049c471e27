"""Loading, unloading and pinning by hand, for those whom the level lets."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import bodies, hands
from api.problems import JSON, RESPONSES, Route
from pipelines.engine.call import Call
from pipelines.inference import Inference
from pipelines.settings import Settings


class Named(BaseModel):
    """Which model, and for which of its tasks: some load it in another way."""

    model_config = ConfigDict(extra="forbid")
    model: str = Field(description="Model id, as in org/name or org/name@revision")
    task: str | None = None


class Pin(Named):
    on: bool = True


EXAMPLE = '{"model": "org/name"}'


def shape(kind: type[BaseModel]) -> dict[str, Any]:
    """The body in the OpenAPI document; it is read by us, so that its errors are ours."""
    schema = kind.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def router(inference: Inference, settings: Settings) -> APIRouter:
    routes = APIRouter(prefix="/admin", route_class=Route, tags=["Admin"], responses=RESPONSES)
    engine = inference.engine

    async def call(request: Request, named: Named) -> Call:
        """Who may load by hand may bring any model, as he would answer for what the disk holds."""
        model = await inference.models.resolve(named.model, bodies.token(request), freely=True)
        return inference.main_call(model, named.task)

    @routes.post("/load", openapi_extra=shape(Named))
    async def load(request: Request) -> Response:
        """Loads a model, listed or not, and returns when it is there."""
        hands.check(request.scope, settings)
        wanted = await call(request, await bodies.take(request, Named, EXAMPLE))
        await engine.load(wanted)
        return told(wanted)

    @routes.post("/unload", openapi_extra=shape(Named))
    async def unload(request: Request) -> Response:
        """Ends a model's stay and returns when its memory is back."""
        hands.check(request.scope, settings)
        named = await bodies.take(request, Named, EXAMPLE)
        model = inference.models.find(named.model, bodies.token(request))
        await engine.unload(model)
        return JSON({"model": model.id, "state": engine.status(model).state})

    @routes.post("/pin", openapi_extra=shape(Pin))
    async def pin(request: Request) -> Response:
        """Loads a model and keeps it loaded; with `"on": false`, no longer."""
        hands.check(request.scope, settings)
        named = await bodies.take(request, Pin, EXAMPLE)
        wanted = await call(request, named)
        await engine.pin(wanted, named.on)
        return told(wanted)

    def told(wanted: Call) -> Response:
        now = engine.status(wanted.model)
        return JSON({"model": wanted.model.id, "state": now.state, "pinned": now.pinned})

    return routes
