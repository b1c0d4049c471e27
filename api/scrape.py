"""What Prometheus reads."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.metrics import Metrics
from api.problems import RESPONSES, Route

TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def router(metrics: Metrics) -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Server"], responses=RESPONSES)

    @routes.get("/metrics", response_class=Response, responses={200: TEXT})
    async def scrape() -> Response:
        """Counts and gauges in Prometheus' text format."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return routes
