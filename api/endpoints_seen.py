"""`/v2`, what is told: logs, numbers, events, and the hardware that there is."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api.endpoint_desk import ONE, Desk
from api.endpoint_hardware import provider as hardware_of
from api.problems import JSON
from endpoints.engines import Line
from endpoints.prices import Prices
from pipelines.hardware import Hardware

MOST = 1_000  # lines or events in one answer
TEXT = "text/plain; charset=utf-8"


def look(routes: APIRouter, desk: Desk) -> None:
    """What goes on in one endpoint."""
    endpoints = desk.endpoints

    @routes.get(ONE + "/logs", response_class=Response)
    async def logs(
        request: Request, namespace: str, name: str, replica: str | None = None, tail: int = 50,
        follow: bool = False,
    ) -> Response:  # fmt: skip
        """The last lines of its replicas' logs as text, or as JSON for who accepts that; with
        `follow`, further ones as they are written."""
        await desk.enter(request)
        lines = await endpoints.logs(name, replica, max(0, min(tail, MOST)))
        if follow:
            more = endpoints.follow(name, replica)
            return StreamingResponse(following(lines, more), media_type=TEXT)
        if "json" in request.headers.get("accept", ""):
            return JSON({"items": [asdict(each) for each in lines]})
        return Response("".join(map(written, lines)), media_type=TEXT)

    @routes.get(ONE + "/metrics")
    async def metrics(
        request: Request, namespace: str, name: str, seconds: float = 3600
    ) -> Response:
        """Its numbers now, and a sample every five seconds of the time before."""
        await desk.enter(request)
        samples = [asdict(each) for each in endpoints.history(name, seconds)]
        return JSON({"now": dict(await endpoints.metrics(name)), "samples": samples})

    @routes.get(ONE + "/events")
    async def events(request: Request, namespace: str, name: str, limit: int = 50) -> Response:
        """What happened to it, and who did what, the newest first."""
        await desk.enter(request)
        found = await endpoints.events(name, max(1, min(limit, MOST)))
        return JSON({"items": [asdict(each) for each in found]})

    @routes.get(ONE + "/files/{kind}", response_class=Response)
    async def file(request: Request, namespace: str, name: str, kind: str) -> Response:
        """The endpoint for another tool: ray-serve, kuberay, prometheus or grafana."""
        await desk.enter(request)
        limits, address = desk.settings.limits, str(request.base_url)
        file, text = endpoints.written(name, kind, limits, address)
        headers = {"content-disposition": f'attachment; filename="{file}"'}
        return Response(text, media_type=TEXT, headers=headers)


def offer(routes: APIRouter, desk: Desk, hardware: Hardware, prices: Prices) -> None:
    """What is told of the server as a whole."""
    endpoints = desk.endpoints

    @routes.get("/audit/{namespace}")
    async def audit(request: Request, namespace: str, limit: int = 100) -> Response:
        """Who did what with any endpoint, the newest first."""
        await desk.enter(request)
        found = await endpoints.audit(max(1, min(limit, MOST)))
        return JSON({"items": [asdict(each) for each in found]})

    @routes.get("/provider/{namespace}")
    async def provider(request: Request, namespace: str) -> Response:
        """The hardware that there is to choose from, and what a replica on it costs an hour."""
        await desk.enter(request)
        return JSON(hardware_of(hardware, endpoints.engines, prices))


def written(line: Line) -> str:
    return f"{line.replica} {line.level.upper()} {line.text}\n"


async def following(before: Iterable[Line], more: AsyncGenerator[Line, None]) -> Any:
    for each in before:
        yield written(each)
    async with aclosing(more):
        async for each in more:
            yield written(each)
