"""The Hugging Face inference protocol: `POST /models/{id}`, as the real clients send it.

Source: the requests of huggingface_hub's InferenceClient and of @huggingface/inference.
"""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api import answers, bodies, callers, headers, patience, streams
from api.kept import Kept
from api.problems import JSON, RESPONSES, Route
from api.turns import turn
from api.waiting import while_there
from pipelines import registry
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.inference import Predictor
from pipelines.model import Model
from pipelines.reading import with_parameters
from pipelines.task import Request as Asked
from pipelines.task import Task

ModelId = Annotated[str, Path(description="Model id, as in org/name or org/name@revision")]
PREFIXES = ("/models", "/hf-inference/models")


class Exchange(BaseModel):
    """What stands in a body and is not the task's."""

    stream: bool | None = None
    options: Any = None  # the classic API's wait_for_model and use_cache


def router(inference: Predictor, kept: Kept, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["Hugging Face"], responses=RESPONSES)

    async def by_task(request: Request, model_id: ModelId, task: str) -> Response:
        """One prediction by the task that you name."""
        return await infer(inference, kept, request, max_body, model_id, task)

    async def by_model(request: Request, model_id: ModelId) -> Response:
        """One prediction; the model's own task, or another it can do if the body is its."""
        return await infer(inference, kept, request, max_body, model_id, None)

    for prefix in PREFIXES:
        path = f"{prefix}/{{model_id:path}}"
        for end, endpoint in (("/pipeline/{task}", by_task), ("", by_model)):
            routes.add_api_route(
                path + end,
                endpoint,
                methods=["POST"],
                include_in_schema=prefix == PREFIXES[0],
            )
    routes.add_api_route(  # as it was before 2024
        "/pipeline/{task}/{model_id:path}",
        by_task,
        methods=["POST"],
        include_in_schema=False,
    )
    return routes


async def infer(
    inference: Predictor,
    kept: Kept,
    request: Request,
    max_body: float,
    name: str,
    tag: str | None,
) -> Response:
    if tag is not None:
        registry.get(tag)
    exchange, body = bodies.split(Exchange, await body_of(request, max_body))
    wish = patience.of(request, exchange.options)
    model = await patience.find(inference, request, name, wish)
    task, asked = await read(inference, request, model, tag, body)
    client = turn(request.scope, inference)
    call = Call(task, model, asked.inputs, asked.params, client)
    headers.asked(request, model, task, asked.inputs)
    caller = callers.of(request.scope).name
    keeps = wish.cached and not exchange.stream
    place = kept.key(caller, call, asked.many) if keeps else None
    if place and (again := kept.get(place)):
        return await answers.respond(request, task, *again)
    if not (wish.endless or await while_there(request, patience.hold(inference, call, wish))):
        return JSON({"error": "not loaded yet"})  # what the Hub's widget looks for in a good answer
    if exchange.stream:
        check_stream(call, asked.many)
        told = headers.compute(inference.engine.hardware.device)
        chunks = inference.engine.stream(call)
        return await streams.respond(request, chunks, told, call.notices)
    value, answer = await while_there(request, inference.predict(model, task, asked, client))
    if place:
        kept.put(place, value, answer)
    return await answers.respond(request, task, value, answer)


async def read(
    inference: Predictor, request: Request, model: Model, tag: str | None, body: Any
) -> tuple[Task, Asked]:
    """The task and what is asked of it: in the body, in the query, and in one header."""
    query = dict(request.query_params)
    if adapter := request.headers.get("lora"):  # the classic API's way to name one
        query.setdefault("lora", adapter)
    if query and isinstance(body, dict):
        body = with_parameters(body, query)
    return await inference.read(model, tag, body, query)


async def body_of(request: Request, most: float) -> Any:
    """JSON, or a file: as the whole body, or as the one file of a form whose other fields are
    parameters."""
    if not bodies.is_form(request):
        return await bodies.read(request, most)
    fields = await bodies.form(request, most)
    files = [name for name, value in fields.items() if isinstance(value, bytes)]
    if len(files) != 1:
        raise InvalidInput(f"A form must hold one file; this one has {len(files)}.")
    file = base64.b64encode(fields.pop(files[0])).decode()
    return {"inputs": file, "parameters": fields}


def check_stream(call: Call, many: bool) -> None:
    """Raises InvalidInput for what comes in one piece."""
    if not call.task.streams(call.model):
        raise InvalidInput(f"stream: {call.task.tag} answers in one piece. Leave out 'stream'.")
    if many:
        raise InvalidInput("stream: send one input at a time, or leave out 'stream'.")
