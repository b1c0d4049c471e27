"""`/endpoints/{name}`: every protocol of the server over one endpoint, by the very same routes.

A path below an endpoint's address is led to the route that answers for a model's: what is asked of
`/endpoints/words/v1/chat/completions` is answered as at `/v1/chat/completions`, by an application
whose one model and whose engine are the endpoint.
"""

import logging
import re
import time
from types import SimpleNamespace

from fastapi import FastAPI, Request
from starlette.routing import Match
from starlette.routing import Route as Plain
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import (
    doors,
    endpoint,
    headers,
    huggingface,
    openai,
    openai_audio,
    openai_completions,
    openai_images,
    openai_texts,
    patience,
    problems,
)
from api.kept import Kept
from api.nowhere import elsewhere
from api.problems import plain
from endpoints.face import predictor
from endpoints.service import Endpoints
from endpoints.spec import Spec
from pipelines.errors import Loading, TaglineError
from pipelines.inference import Inference, Predictor
from pipelines.settings import Settings

log = logging.getLogger(__name__)
PATH = "/endpoints/{name}/{rest:path}"
OF_MODELS = ("models", "hf-inference")
TIMEOUT = "x-scale-up-timeout"  # as Inference Endpoints call it
TEMPLATE = re.compile(r"/(?:hf-inference/)?models/\{model_id(?::path)?\}")


class Door(Plain):
    """A route of ours that Gradio takes in, for all methods; slashes too many do not matter."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        return super().matches({**scope, "path": plain(scope["path"])})


class Gateway:
    """An ASGI application. Each endpoint has one of its own in it, made when it is first called."""

    def __init__(self, endpoints: Endpoints, inference: Inference, settings: Settings) -> None:
        self.endpoints, self.inference, self.settings = endpoints, inference, settings
        self.apps: dict[str, ASGIApp] = {}

    def routes(self) -> list[Door]:
        return [Door(path, self, include_in_schema=False) for path in (PATH, PATH[:17])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, rest = named(scope)
        there = {"path": rest, "raw_path": rest.encode(), "root_path": "", "path_params": {}}
        inner = {**scope, **there, "route": None}
        start, status = time.perf_counter(), 0

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await (await self.answer(name, scope))(inner, receive, seen)
        scope["route"] = SimpleNamespace(path=label(inner))
        if status and scope["method"] == "POST":
            self.endpoints.counts(name, status, time.perf_counter() - start)

    async def answer(self, name: str, scope: Scope) -> ASGIApp:
        """What answers: the endpoint's application, or why that does not."""
        request = Request(scope)
        try:
            return await self.enter(name, scope)
        except TaglineError as error:
            return headers.sign(problems.of(request, error), request)
        except Exception:
            log.exception("An endpoint could not be reached.")
            return problems.problem(request, 500, problems.FAILED)

    async def enter(self, name: str, scope: Scope) -> ASGIApp:
        """The application that answers. Raises TaglineError for whoever may not enter, or would not
        wait until the endpoint is awake."""
        await self.endpoints.settled()
        spec = self.endpoints.get(name).spec
        doors.check(scope, spec, self.settings)
        if scope["method"] == "POST":
            await self.hold(Request(scope), spec)
        for gone in self.apps.keys() - self.endpoints.all.keys():
            del self.apps[gone]
        if name not in self.apps:
            self.apps[name] = application(
                predictor(self.endpoints, name, self.inference), self.settings.max_body_mb
            )
        return self.apps[name]

    async def hold(self, request: Request, spec: Spec) -> None:
        """Waits for an endpoint that is not up as long as the caller says; without a word of his,
        as long as it takes. Raises Loading when it is not up by then."""
        seconds = patience.number(request, TIMEOUT)
        if seconds is None or await self.endpoints.arrives(spec.name, seconds):
            return
        now = self.endpoints.get(spec.name).status
        raise Loading(f"Endpoint {spec.name} is not up yet ({now.state}).", patience.USUAL)


def named(scope: Scope) -> tuple[str, str]:
    """The endpoint's name, and the path as its own application knows it."""
    _, _, name, *rest = plain(scope["path"]).split("/")
    below = "/" + "/".join(rest)
    if below == "/":
        return name, f"/models/{name}"
    head = rest[0]
    if (head == "pipeline" and len(rest) == 2) or head in ("health", "info"):
        return name, f"/models/{name}{below}"
    # By a model's id it is called at the server's own address: here one might name another model.
    return name, f"/endpoint{below}" if head in OF_MODELS else below


def label(inner: Scope) -> str:
    """The template of the route that answered, as it is seen from outside."""
    found = getattr(inner.get("route"), "path", "/{rest:path}")
    return "/endpoints/{name}" + TEMPLATE.sub("", found)


def application(over: Predictor, max_body: float) -> FastAPI:
    """The routes of the protocols, and no others."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    routers = [
        openai.router(over, max_body),
        openai_completions.router(over, max_body),
        openai_texts.router(over, max_body),
        openai_images.router(over, max_body),
        openai_audio.router(over, max_body),
        endpoint.router(over),
        huggingface.router(over, Kept(0), max_body),
    ]
    for router in (*routers, elsewhere(routers, [""])):
        app.include_router(router)
    return app
