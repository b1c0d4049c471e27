"""Puts the routes together."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline

from api import admin, huggingface, openai, schema, status
from api.problems import Route, plain, problem
from pipelines.inference import Inference
from pipelines.settings import Settings

ASSETS = "/docs-assets"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# What begins so is never Gradio's.
OURS = ("/health", "/status", "/admin", "/models", "/hf-inference", "/v1")


def build(inference: Inference, settings: Settings) -> FastAPI:
    """The API as an application of its own; `app.routes` is what Gradio takes in."""
    app: FastAPI = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url=ASSETS,
        title="Tagline",
        summary="Any model by its pipeline tag",
    )
    routers = [
        openai.router(inference, settings.max_body_mb),
        huggingface.router(inference, settings.max_body_mb),
        status.router(inference),
        admin.router(inference, settings),
    ]
    for router in (*routers, elsewhere(routers)):
        app.include_router(router)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


def elsewhere(routers: Iterable[APIRouter]) -> APIRouter:
    """What else begins as our paths do: our error shape, not Gradio's page."""
    known = [route for router in routers for route in router.routes if isinstance(route, Route)]
    routes = APIRouter(route_class=Route, include_in_schema=False)

    def nothing(request: Request) -> Response:
        path = plain(request.scope["path"])
        fitting = [route for route in known if route.path_regex.match(path)]
        taken = {method for route in fitting for method in route.methods or ()}
        if allowed := ", ".join(sorted(taken)):
            return problem(request, 405, f"Send {allowed} to this path.", {"allow": allowed})
        return problem(request, 404, f"There is nothing at {path[:200]}. /docs lists all paths.")

    for prefix in OURS:
        for path in (prefix, f"{prefix}/{{rest:path}}"):
            routes.add_api_route(path, nothing, methods=METHODS)
    return routes


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of our own routes, with the body of every task."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version="1", summary=app.summary, routes=app.routes)
        made.setdefault("components", {}).setdefault("schemas", {}).update(schema.definitions())
        app.openapi_schema = made
    return app.openapi_schema
