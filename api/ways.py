"""What OpenAI's routes share: their addresses, their bodies, and the way to a task.

A route's task is found by what goes in and what comes out (`pipelines.finding`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from api import bodies, headers
from api.huggingface import PREFIXES, ModelId
from api.openai import NOBODY
from api.problems import JSON
from api.turns import turn
from api.waiting import while_there
from pipelines.engine.call import Answer
from pipelines.errors import InvalidInput
from pipelines.finding import Turns
from pipelines.inference import Predictor
from pipelines.model import Model

Body = Mapping[str, Any]


class Asked(BaseModel):
    """What every body may have. `user` and the like change nothing here, and null says nothing."""

    model_config = ConfigDict(extra="forbid")
    model: str | None = None
    user: Any = None


A = TypeVar("A", bound=Asked)
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True)
class Adder:
    """Adds a route at /v1, where the body names the model, and under each model's own address."""

    routes: APIRouter
    inference: Predictor
    max_body: float

    def __call__(
        self,
        path: str,
        take: Callable[[Request, float], Awaitable[B]],
        answer: "Callable[[Exchange, str | None, B], Awaitable[Response]]",
        body: dict[str, Any],
        about: str,
    ) -> None:
        async def anybody(request: Request) -> Response:
            asked = await take(request, self.max_body)
            name: str | None = getattr(asked, "model", None)
            exchange = Exchange(self.inference, request)
            return await answer(exchange, None if name in NOBODY else name, asked)

        async def this_one(request: Request, model_id: ModelId) -> Response:
            asked = await take(request, self.max_body)
            return await answer(Exchange(self.inference, request), model_id, asked)

        more: dict[str, Any] = {"methods": ["POST"], "description": about, "openapi_extra": body}
        self.routes.add_api_route(f"/v1{path}", anybody, name=path, **more)
        for prefix in PREFIXES:
            address = f"{prefix}/{{model_id:path}}/v1{path}"
            self.routes.add_api_route(address, this_one, include_in_schema=False, **more)


def json_of(kind: type[A]) -> Callable[[Request, float], Awaitable[A]]:
    async def take(request: Request, most: float) -> A:
        return read(kind, await bodies.read(request, most))

    return take


def schema(kind: type[BaseModel], mime: str = "application/json") -> dict[str, Any]:
    """The `openapi_extra` of a route that takes such a body."""
    body = kind.model_json_schema()
    parts = body.pop("$defs", {})
    body = inlined(body, parts)
    return {"requestBody": {"required": True, "content": {mime: {"schema": body}}}}


def inlined(node: Any, parts: Body) -> Any:
    """A schema with its parts where it refers to them."""
    if isinstance(node, dict):
        if "$ref" in node:
            return inlined(parts[node["$ref"].rpartition("/")[2]], parts)
        return {key: inlined(value, parts) for key, value in node.items()}
    return [inlined(each, parts) for each in node] if isinstance(node, list) else node


def read(kind: type[A], body: Any) -> A:
    """Raises InvalidInput for what is no such body."""
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object. /docs shows what is taken.")
    made, rest = bodies.split(kind, given(body))
    if rest:
        known = ", ".join(kind.model_fields)
        raise InvalidInput(f"body does not know {', '.join(sorted(rest))}; allowed: {known}.")
    return made


class Exchange:
    """One request: finds its model and task, and asks."""

    def __init__(self, inference: Predictor, request: Request) -> None:
        self.inference, self.request = inference, request
        self.client = turn(request.scope, inference)

    async def model(self, name: str | None, turns: Turns) -> Model:
        if name is None:
            return turns.first(self.inference.models)
        return await self.inference.models.resolve(name, bodies.token(self.request))

    async def ask(
        self, name: str | None, turns: Turns, inputs: Any, parameters: Body
    ) -> tuple[Model, Any, Answer]:
        """What the task gives for `inputs`, with the parameters that are not None."""
        model = await self.model(name, turns)
        task = turns.task(model)
        body = {"inputs": inputs, "parameters": given(parameters)}
        asked = self.inference.read_as(task, model, body, {})
        headers.asked(self.request, model, task, asked.inputs)
        value, answer = await while_there(
            self.request, self.inference.predict(model, task, asked, self.client)
        )
        return model, value, answer

    def told(self, body: Any, answer: Answer) -> Response:
        made = JSON(body, headers=headers.computed(answer))
        return headers.warn(made, answer.notices)


def given(parameters: Body) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if value is not None}


def read_tokens(answer: Answer) -> dict[str, int]:
    return {"prompt_tokens": answer.tokens, "total_tokens": answer.tokens}
