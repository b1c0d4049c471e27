"""A task's panel over an endpoint, in the place of this machine's own engine."""

import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import gradio as gr
from starlette.types import Scope

from api import doors
from api.texts import Texts
from components import code, lines, links
from components.answering import Answering
from components.callers import caller, scope
from components.panel import Panel
from endpoints.face import Face, predictor
from endpoints.service import Endpoints
from pipelines import registry
from pipelines.allowance import Allowance
from pipelines.engine.call import Answer, Call
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.settings import Settings

TAB = "playground"


class Seat(Face):
    """The endpoint for whoever sits before the page: his calls count as those to this machine, and
    as calls of the endpoint. `admit` raises Unauthorized or Forbidden where he may not call it."""

    allowance: Allowance
    admit: Callable[[], None]

    async def predict(self, call: Call) -> Answer:
        with self.counted():
            return await super().predict(call)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        with self.counted():
            async with aclosing(super().stream(call)) as chunks:
                async for chunk in chunks:
                    yield chunk

    @contextmanager
    def counted(self) -> Iterator[None]:
        """By the status that the answer would have over HTTP; who leaves is not counted. Its level
        may have changed since the panel was drawn."""
        start, status = time.perf_counter(), 0
        try:
            self.admit()
            yield
            status = 200
        except TaglineError as error:
            status = error.status
            raise
        except Exception:
            status = 500
            raise
        finally:
            if status:
                self.endpoints.counts(self.name, status, time.perf_counter() - start)


@dataclass(frozen=True)
class OverEndpoint(Panel):
    """A panel whose page is an endpoint's."""

    endpoint: str = ""

    def link_script(self, action: str = "") -> str:
        fixed = {"name": self.endpoint, "tab": TAB}
        return links.script(fixed, self.answering.fields, action)


def draw(
    inference: Inference, settings: Settings, endpoints: Endpoints, request: gr.Request, say: Texts
) -> None:
    """Builds it in the Blocks now open, if the address asks for it."""
    query = dict(request.query_params)
    if query.get("tab") != TAB or not query.get("name"):
        return
    try:
        show(inference, settings, endpoints, query, request)
    except TaglineError as error:
        gr.HTML(lines.error(str(error)), padding=False)


def show(
    inference: Inference, settings: Settings, endpoints: Endpoints, query: Mapping[str, str],
    request: gr.Request,
) -> None:  # fmt: skip
    """Raises UnknownEndpoint for a name that is none, Unauthorized or Forbidden for whoever may not
    call it, and Unavailable for one whose model is not there yet."""
    name = query["name"]
    each = endpoints.get(name)
    admit = partial(check, endpoints, name, scope(request), settings)
    admit()
    over = seated(endpoints, name, inference, admit)
    model = over.models.find(name)
    task = registry.choose(model, each.spec.task)
    reached = replace(code.served(settings), signed=each.spec.access.level == "protected")
    reached = replace(reached, below=each.path)
    answering = Answering(over, model, task, caller(inference, request))
    asked: Any = {key: value for key, value in query.items() if key not in ("name", "tab")}
    OverEndpoint(answering, asked, name=model.id, served=reached, endpoint=name).draw()


def check(endpoints: Endpoints, name: str, scope: Scope, settings: Settings) -> None:
    """Raises Unauthorized or Forbidden for whoever may neither manage nor call it."""
    if not doors.may_manage(scope, settings):
        doors.check(scope, endpoints.get(name).spec, settings)


def seated(
    endpoints: Endpoints, name: str, inference: Inference, admit: Callable[[], None]
) -> Inference:
    """The endpoint as a panel runs a model. A panel uses no more of an Inference than this has."""
    seat = Seat(endpoints, name, inference.engine.hardware)
    seat.allowance, seat.admit = inference.engine.allowance, admit
    over = replace(predictor(endpoints, name, inference), engine=seat, recent=inference.recent)
    return cast(Inference, over)
