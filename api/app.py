"""Puts the routes together."""

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline

from api import (
    admin,
    datasets,
    endpoint,
    endpoints_v2,
    exports,
    hub,
    huggingface,
    kept_runs,
    look,
    mcp,
    openai,
    openai_audio,
    openai_completions,
    openai_images,
    openai_texts,
    picker,
    scrape,
    status,
    whoami,
)
from api.document import document
from api.gateway import Gateway
from api.kept import Kept
from api.metrics import Metrics
from api.nowhere import elsewhere
from endpoints.build import build as build_endpoints
from endpoints.prices import read as read_prices
from endpoints.service import Endpoints
from pipelines.inference import Inference
from pipelines.settings import MB, Settings
from store.shelf import Shelf

ASSETS = "/docs-assets"
# What begins so is never Gradio's.
OURS = (
    "/health", "/status", "/metrics", "/admin",
    "/models", "/hf-inference", "/pipeline", "/v1", "/v2", "/api", "/mcp",
    "/look", "/picker", "/dataset-files", "/kept", "/recent", "/exports",
)  # fmt: skip


def build(
    inference: Inference,
    settings: Settings,
    metrics: Metrics | None = None,
    endpoints: Endpoints | None = None,
) -> FastAPI:
    """The API as an application of its own; `app.routes` is what Gradio takes in."""
    metrics = metrics or Metrics(inference.engine)
    endpoints = endpoints or build_endpoints(inference, settings)
    app: FastAPI = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url=ASSETS,
        title="Tagline",
        summary="Any model by its pipeline tag",
    )
    routers = [
        openai.router(inference, settings.max_body_mb),
        openai_completions.router(inference, settings.max_body_mb),
        openai_texts.router(inference, settings.max_body_mb),
        openai_images.router(inference, settings.max_body_mb),
        openai_audio.router(inference, settings.max_body_mb),
        huggingface.router(inference, Kept(settings.answer_cache_mb * MB), settings.max_body_mb),
        whoami.router(),
        hub.router(inference),
        status.router(inference, settings),
        scrape.router(metrics, settings),
        endpoint.router(inference),
        mcp.router(inference, settings.max_body_mb),
        look.router(),
        *([] if settings.demo else beside(inference, settings, endpoints)),
    ]
    if not settings.demo:
        endpoints.listeners.append(metrics.endpoint)
        app.router.routes.extend(Gateway(endpoints, inference, settings).routes())
    for router in (*routers, elsewhere(routers, OURS)):
        app.include_router(router)
    app.openapi = lambda: document(app, inference)  # type: ignore[method-assign]
    return app


def beside(inference: Inference, settings: Settings, endpoints: Endpoints) -> list[APIRouter]:
    """What the pages need, and whoever runs them by hand: all that a demo does without."""
    prices = read_prices(settings.prices)
    return [
        admin.router(inference, settings),
        picker.router(inference, settings),
        datasets.router(settings),
        kept_runs.router(inference, settings, Shelf(settings)),
        exports.router(inference, settings),
        endpoints_v2.router(endpoints, settings, inference.engine.hardware, prices),
    ]
