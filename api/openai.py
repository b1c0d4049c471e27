"""The OpenAI protocol: chat completions, whole and streamed, and the list of models.

Source: the OpenAI API reference, and what huggingface_hub's chat_completion sends and reads.
"""

import time
from typing import Any

from fastapi import APIRouter, Request, Response

from api import bodies, streams
from api.huggingface import PREFIXES, ModelId, clean
from api.problems import JSON, Route, new_id
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.inference import Inference, chat_task
from pipelines.model import Model

NOBODY = ("", "dummy", "tgi")  # what clients put where they know no model
IGNORED = ("model", "user", "stream", "stream_options", "metadata", "store")  # not the task's


def router(inference: Inference, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["OpenAI"])

    @routes.post("/v1/chat/completions", openapi_extra=CHAT_BODY)
    async def chat(request: Request) -> Response:
        """An answer in a conversation. Without a model the server's own chat model speaks."""
        body = await chat_body(request, max_body)
        name = str(body.get("model") or "")
        if name in NOBODY:
            return await complete(inference, inference.speaker(), body)
        model = await inference.models.resolve(clean(name), bodies.token(request))
        return await complete(inference, model, body)

    async def chat_with(request: Request, model_id: ModelId) -> Response:
        """An answer in a conversation with this model, whatever the body names."""
        body = await chat_body(request, max_body)
        model = await inference.models.resolve(clean(model_id), bodies.token(request))
        return await complete(inference, model, body)

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
        return JSON(entry(inference.models.find(clean(model_id), bodies.token(request))))

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


async def chat_body(request: Request, max_body: float) -> dict[str, Any]:
    body = await bodies.read(request, max_body)
    if not isinstance(body, dict) or "messages" not in body:
        raise InvalidInput('messages: field required. Send {"messages": [{"role": "user", ...}]}.')
    return body


async def complete(inference: Inference, model: Model, body: dict[str, Any]) -> Response:
    task = chat_task(model)
    kept = {key: value for key, value in body.items() if key not in IGNORED}
    asked = inference.read_as(task, model, kept, {})
    frame = {"id": f"chatcmpl-{new_id()}", "created": int(time.time()), "model": model.id}
    headers: dict[str, str] = {"x-compute-type": inference.engine.hardware.device}
    if body.get("stream"):
        return await stream(inference, Call(task, model, asked.inputs, asked.params), body, frame)
    value, answer = await inference.predict(model, task, asked)
    headers["x-compute-time"] = f"{answer.seconds:.3f}"
    return JSON(frame | {"object": "chat.completion"} | value, headers=headers)


async def stream(
    inference: Inference, call: Call, body: dict[str, Any], frame: dict[str, Any]
) -> Response:
    head = frame | {"object": "chat.completion.chunk"}
    wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))

    def events(chunk: dict[str, Any]) -> list[dict[str, Any]]:
        usage = chunk.get("usage")
        delta = head | {"choices": chunk["choices"]}
        return [delta, head | {"choices": [], "usage": usage}] if usage and wants_usage else [delta]

    headers: dict[str, str] = {"x-compute-type": inference.engine.hardware.device}
    return await streams.respond(inference.engine.stream(call), events, headers, streams.DONE)


def entry(model: Model) -> dict[str, Any]:
    made = int(model.path.stat().st_mtime)
    owner = model.id.partition("/")[0]
    return {"id": model.id, "object": "model", "created": made, "owned_by": owner}
