"""Whose token a request carries.

Source: `GET /api/whoami-v2` of the Hub, as huggingface_hub's `HfApi.whoami` and `login` read it:
`name`, and `auth.accessToken` with `displayName` and `role`.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from api import callers
from api.problems import JSON, RESPONSES, Route, problem
from store.token import Token

NONE = "This server knows no tokens and asks for none: leave the token out."


def router() -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Hub"], responses=RESPONSES)

    @routes.get("/api/whoami-v2")
    def whoami(request: Request) -> Response:
        """The name and the scope of the token that comes with the call; 401 without a good one,
        or where this server asks for none: it knows nobody then, and the client wants a name."""
        token = callers.of(request.scope).token
        if token is None:
            return problem(request, 401, NONE, {"www-authenticate": "Bearer"})
        return JSON(told(token))

    return routes


def told(token: Token) -> dict[str, Any]:
    """Our scope stands as the role, which is `read`, `write` or `fineGrained` on the Hub."""
    created = token.created.isoformat(timespec="seconds").replace("+00:00", ".000Z")
    return {
        "type": "user",
        "id": str(token.id),
        "name": token.name,
        "fullname": token.name,
        "orgs": [],
        "auth": {
            "type": "access_token",
            "expiresAt": token.expires and token.expires.isoformat(timespec="seconds"),
            "accessToken": {
                "displayName": token.name,
                "role": token.scope,
                "createdAt": created,
            },
        },
    }
