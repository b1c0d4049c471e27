"""What Prometheus reads."""

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.registry import Collector
from starlette.types import Scope

from api import callers
from api.doors import may_manage
from api.metrics import Metrics
from api.problems import RESPONSES, Route
from pipelines.settings import Settings

OF_ENDPOINTS = "tagline_endpoint_"
TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


class Open(Collector):
    """What strangers read: all but the names of endpoints, and of the models that these run."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        hidden = self.metrics.hidden()
        for family in self.metrics.registry.collect():
            if not family.name.startswith(OF_ENDPOINTS):
                family.samples = [s for s in family.samples if s.labels.get("model") not in hidden]
                yield family


def knows(scope: Scope, settings: Settings) -> bool:
    """Whether the operator knows the caller: by a token, or as one who may manage endpoints."""
    return callers.of(scope).token is not None or may_manage(scope, settings)


def router(metrics: Metrics, settings: Settings) -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Server"], responses=RESPONSES)

    @routes.get("/metrics", response_class=Response, responses={200: TEXT})
    async def scrape(request: Request) -> Response:
        """Counts and gauges in Prometheus' text format; those of endpoints with a token alone where
        the server asks for none."""
        told = metrics.registry if knows(request.scope, settings) else Open(metrics)
        return Response(generate_latest(told), media_type=CONTENT_TYPE_LATEST)

    return routes
