"""Who stands before the routes of `/v2`, and what he is told of an endpoint."""

from typing import Any

from fastapi import Request, Response

from api import callers, doors
from api import endpoint_bodies as shapes
from api.problems import JSON
from endpoints.service import Endpoint, Endpoints
from pipelines.settings import Settings

ONE = "/endpoint/{namespace}/{name}"


class Desk:
    """What all routes of `/v2` have in common."""

    def __init__(self, endpoints: Endpoints, settings: Settings) -> None:
        self.endpoints, self.settings = endpoints, settings

    async def enter(self, request: Request) -> str:
        """Who manages, for the log. Raises Unauthorized or Forbidden for whoever may not, and
        Unavailable where it is not known which endpoints there are."""
        doors.check_manage(request.scope, self.settings)
        await self.endpoints.settled()
        token = callers.of(request.scope).token
        return token.name if token else "this machine"

    def told(self, request: Request, each: Endpoint, status: int = 200) -> Response:
        return JSON(self.seen(request, each), status)

    def seen(self, request: Request, each: Endpoint) -> dict[str, Any]:
        called = self.endpoints.watch(each.spec.name).last
        return shapes.told(each, str(request.base_url), called)
