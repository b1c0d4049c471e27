"""The OpenAI protocol: chat completions, whole and streamed, and the list of models.

Source: the OpenAI API reference, and what huggingface_hub's chat_completion sends and reads.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api import bodies, headers, streams
from api.huggingface import PREFIXES, ModelId
from api.problems import JSON, RESPONSES, Route
from api.turns import turn
from api.waiting import while_there
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.inference import Predictor
from pipelines.model import Model

NOBODY = (None, "", "dummy", "tgi")  # what clients put where they know no model


class StreamOptions(BaseModel):
    """How a stream is sent. Of these only `include_usage` changes anything here: what
    `include_obfuscation` would add is for lines that others may listen to."""

    include_obfuscation: bool | None = None
    include_usage: bool | None = None


class Exchange(BaseModel):
    """What stands in a body and is not the chat's. Nothing is stored, whatever it says."""

    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: Any = None
    metadata: Any = None
    store: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    service_tier: Literal["auto", "default"] | None = None
    modalities: list[Literal["text"]] | None = None


def router(inference: Predictor, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["OpenAI"], responses=RESPONSES)

    @routes.post("/v1/chat/completions", openapi_extra=CHAT_BODY)
    async def chat(request: Request) -> Response:
        """An answer in a conversation. Without a model the server's own chat model speaks."""
        exchange, body = await chat_body(request, max_body)
        if exchange.model in NOBODY:
            return await complete(request, inference, inference.speaker(), exchange, body)
        model = await inference.models.resolve(str(exchange.model), bodies.token(request))
        return await complete(request, inference, model, exchange, body)

    async def chat_with(request: Request, model_id: ModelId) -> Response:
        """An answer in a conversation with this model, whatever the body names."""
        exchange, body = await chat_body(request, max_body)
        model = await inference.models.resolve(model_id, bodies.token(request))
        return await complete(request, inference, model, exchange, body)

    for prefix in PREFIXES:
        routes.add_api_route(
            f"{prefix}/{{model_id:path}}/v1/chat/completions",
            chat_with,
            methods=["POST"],
            include_in_schema=prefix == PREFIXES[0],
            openapi_extra=CHAT_BODY,
        )

    @routes.get("/v1/models")
    def models() -> Response:
        """Every model that is on this machine."""
        return JSON({"object": "list", "data": [entry(each) for each in inference.models.list()]})

    @routes.get("/v1/models/{model_id:path}")
    def model(request: Request, model_id: ModelId) -> Response:
        """One model that is on this machine."""
        return JSON(entry(inference.models.find(model_id, bodies.token(request))))

    return routes


CHAT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["messages"],
                    "properties": {
                        "model": {"type": "string"},
                        "messages": {"type": "array", "items": {"type": "object"}},
                        "stream": {"type": "boolean"},
                    },
                },
                "example": {
                    "messages": [{"role": "user", "content": "What is the capital of France?"}],
                    "max_tokens": 32,
                },
            }
        },
    }
}


async def chat_body(request: Request, max_body: float) -> tuple[Exchange, dict[str, Any]]:
    """What is about the exchange, and the chat itself. Raises InvalidInput for another body."""
    exchange, body = bodies.split(Exchange, await bodies.read(request, max_body))
    if not isinstance(body, dict) or "messages" not in body:
        raise InvalidInput('messages: field required. Send {"messages": [{"role": "user", ...}]}.')
    return exchange, body


async def complete(
    request: Request, inference: Predictor, model: Model, exchange: Exchange, body: dict[str, Any]
) -> Response:
    task, asked = inference.read_chat(model, body)
    headers.asked(request, model, task, asked.inputs)
    frame = {"id": f"chatcmpl-{headers.new_id()}", "created": int(time.time()), "model": model.id}
    client = turn(request.scope, inference)
    if exchange.stream:
        call = Call(task, model, asked.inputs, asked.params, client)
        chunks = inference.engine.stream(call)
        told = headers.compute(inference.engine.hardware.device)
        events = framed(chunks, frame, exchange.stream_options or StreamOptions())
        return await streams.respond(request, events, told, call.notices, streams.DONE)
    value, answer = await while_there(request, inference.predict(model, task, asked, client))
    told = headers.computed(answer)
    whole = JSON(frame | {"object": "chat.completion"} | value, headers=told)
    return headers.warn(whole, answer.notices)


async def framed(
    chunks: AsyncGenerator[Any, None], frame: dict[str, Any], options: StreamOptions
) -> AsyncGenerator[dict[str, Any], None]:
    """The task's chunks as events; the last one's usage as an event of its own, if asked for."""
    head = frame | {"object": "chat.completion.chunk"}
    async with aclosing(chunks):
        async for chunk in chunks:
            yield head | {"choices": chunk["choices"]}
            if options.include_usage and "usage" in chunk:
                yield head | {"choices": [], "usage": chunk["usage"]}


def entry(model: Model) -> dict[str, Any]:
    made = int(model.path.stat().st_mtime)
    owner = model.id.partition("/")[0]
    return {"id": model.id, "object": "model", "created": made, "owned_by": owner}
