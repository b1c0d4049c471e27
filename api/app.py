"""Puts the routes together."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline

from api import huggingface, openai, schema
from api.problems import JSON, Route, problem
from pipelines.inference import Inference
from pipelines.settings import Settings

ASSETS = "/docs-assets"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build(inference: Inference, settings: Settings) -> FastAPI:
    """The API as an application of its own; `app.routes` is what Gradio takes in."""
    app: FastAPI = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url=ASSETS,
        title="Tagline",
        summary="Any model by its pipeline tag",
    )
    app.include_router(openai.router(inference, settings.max_body_mb))
    app.include_router(huggingface.router(inference, settings.max_body_mb))
    app.include_router(health(inference))
    app.include_router(nothing_here())
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


def health(inference: Inference) -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Server"])

    @routes.get("/health")
    def check() -> Response:
        """Whether the server answers, and what it runs on."""
        return JSON({"status": "ok", "tier": inference.engine.hardware.tier})

    return routes


def nothing_here() -> APIRouter:
    """Paths under our prefixes that are nothing: our error shape, not Gradio's page."""
    routes = APIRouter(route_class=Route, include_in_schema=False)
    for path in ("/models/{rest:path}", "/hf-inference/{rest:path}", "/v1/{rest:path}"):
        routes.add_api_route(path, no_such_path, methods=METHODS)
    return routes


def no_such_path(request: Request, rest: str) -> Response:
    if request.method != "POST" and "/models/" in f"/{request.url.path}":
        return problem(405, "Send a POST request to a model's path.", {"allow": "POST"})
    return problem(404, f"There is nothing at {request.url.path[:200]}. /docs lists all paths.")


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of our own routes, with the body of every task."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version="1", summary=app.summary, routes=app.routes, tags=None
        )
        made.setdefault("components", {}).setdefault("schemas", {}).update(schema.definitions())
        app.openapi_schema = made
    return app.openapi_schema
