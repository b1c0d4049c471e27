"""What begins as our paths do and leads nowhere: our error shape, not Gradio's page."""

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response

from api.problems import Route, plain, problem

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def elsewhere(routers: Iterable[APIRouter], prefixes: Iterable[str]) -> APIRouter:
    """Answers for all paths with one of `prefixes` that the routers do not know; an empty one is
    that of every path."""
    known = [route for router in routers for route in router.routes if isinstance(route, Route)]
    routes = APIRouter(route_class=Route, include_in_schema=False)

    def nothing(request: Request) -> Response:
        path = plain(request.scope["path"])
        fitting = [route for route in known if route.path_regex.match(path)]
        taken = {method for route in fitting for method in route.methods or ()}
        if allowed := ", ".join(sorted(taken)):
            return problem(request, 405, f"Send {allowed} to this path.", {"allow": allowed})
        return problem(request, 404, f"There is nothing at {path[:200]}. /docs lists all paths.")

    for prefix in prefixes:
        for path in filter(None, (prefix, f"{prefix}/{{rest:path}}")):
            routes.add_api_route(path, nothing, methods=METHODS)
    return routes
