"""The Hugging Face inference protocol: `POST /models/{id}`, as the real clients send it.

Source: the requests of huggingface_hub's InferenceClient and of @huggingface/inference.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api import bodies, streams
from api.problems import JSON, Route
from api.schema import task_bodies
from pipelines import registry
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.inference import Inference

ModelId = Annotated[str, Path(description="Model id, as in org/name or org/name@revision")]
PREFIXES = ("/models", "/hf-inference/models")


def router(inference: Inference, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["Hugging Face"])

    async def by_task(request: Request, model_id: ModelId, task: str) -> Response:
        """One prediction by the task that you name."""
        return await infer(inference, request, max_body, model_id, task)

    async def by_model(request: Request, model_id: ModelId) -> Response:
        """One prediction; the model's own task, or another it can do if the body is its."""
        return await infer(inference, request, max_body, model_id, None)

    for prefix in PREFIXES:
        first = prefix == PREFIXES[0]
        add = routes.add_api_route
        add(
            f"{prefix}/{{model_id:path}}/pipeline/{{task}}",
            by_task,
            methods=["POST"],
            include_in_schema=first,
            openapi_extra=task_bodies(),
        )
        add(
            f"{prefix}/{{model_id:path}}",
            by_model,
            methods=["POST"],
            include_in_schema=first,
            openapi_extra=task_bodies(),
        )
    return routes


async def infer(
    inference: Inference, request: Request, max_body: float, name: str, tag: str | None
) -> Response:
    if tag is not None:
        registry.get(tag)
    body = await bodies.read(request, max_body)
    model = await inference.models.resolve(clean(name), bodies.token(request))
    wants_stream = isinstance(body, dict) and body.pop("stream", False)
    if isinstance(body, dict):
        body.pop("options", None)  # the classic API's wait_for_model and use_cache
    query = dict(request.query_params)
    task, asked = await inference.read(model, tag, body, query)
    headers: dict[str, str] = {"x-compute-type": inference.engine.hardware.device}
    if wants_stream:
        if task.stream is None or asked.many:
            raise InvalidInput(f"stream: {task.tag} answers in one piece here. Leave out 'stream'.")
        chunks = inference.engine.stream(Call(task, model, asked.inputs, asked.params))
        return await streams.respond(chunks, lambda chunk: [chunk], headers)
    value, answer = await inference.predict(model, task, asked)
    return JSON(value, headers=headers | {"x-compute-time": f"{answer.seconds:.3f}"})


def clean(name: str) -> str:
    """The id without doubled or trailing slashes, which joined URLs often have."""
    return re.sub("/+", "/", name).strip("/")
