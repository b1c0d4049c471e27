"""The Hugging Face inference protocol: `POST /models/{id}`, as the real clients send it.

Source: the requests of huggingface_hub's InferenceClient and of @huggingface/inference.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api import bodies, headers, streams
from api.problems import JSON, RESPONSES, Route
from api.schema import task_bodies
from api.waiting import while_there
from pipelines import registry
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.inference import Inference
from pipelines.reading import with_parameters

ModelId = Annotated[str, Path(description="Model id, as in org/name or org/name@revision")]
PREFIXES = ("/models", "/hf-inference/models")


class Exchange(BaseModel):
    """What stands in a body and is not the task's."""

    stream: bool | None = None
    options: Any = None  # the classic API's wait_for_model and use_cache: we always wait


def router(inference: Inference, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["Hugging Face"], responses=RESPONSES)

    async def by_task(request: Request, model_id: ModelId, task: str) -> Response:
        """One prediction by the task that you name."""
        return await infer(inference, request, max_body, model_id, task)

    async def by_model(request: Request, model_id: ModelId) -> Response:
        """One prediction; the model's own task, or another it can do if the body is its."""
        return await infer(inference, request, max_body, model_id, None)

    for prefix in PREFIXES:
        path = f"{prefix}/{{model_id:path}}"
        for end, endpoint in (("/pipeline/{task}", by_task), ("", by_model)):
            routes.add_api_route(
                path + end,
                endpoint,
                methods=["POST"],
                include_in_schema=prefix == PREFIXES[0],
                openapi_extra=task_bodies(),
            )
    return routes


async def infer(
    inference: Inference, request: Request, max_body: float, name: str, tag: str | None
) -> Response:
    if tag is not None:
        registry.get(tag)
    exchange, body = bodies.split(Exchange, await bodies.read(request, max_body))
    model = await inference.models.resolve(name, bodies.token(request))
    query = dict(request.query_params)
    if query and isinstance(body, dict):
        body = with_parameters(body, query)
    task, asked = await inference.read(model, tag, body, query)
    client = inference.client(bodies.address(request), bodies.token(request))
    if exchange.stream:
        call = Call(task, model, asked.inputs, asked.params, client)
        check_stream(call, asked.many)
        told = headers.compute(inference.engine.hardware.device)
        return await streams.respond(request, inference.engine.stream(call), told)
    value, answer = await while_there(request, inference.predict(model, task, asked, client))
    return JSON(value, headers=headers.compute(answer.device, answer.seconds))


def check_stream(call: Call, many: bool) -> None:
    """Raises InvalidInput for what comes in one piece."""
    if call.task.stream is None:
        raise InvalidInput(f"stream: {call.task.tag} answers in one piece. Leave out 'stream'.")
    if many:
        raise InvalidInput("stream: send one input at a time, or leave out 'stream'.")
