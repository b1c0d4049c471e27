"""The OpenAPI side of the task records: one body schema per task, from its own models."""

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from pipelines.registry import TASKS
from pipelines.task import Task

REF = "#/components/schemas/{model}"


@cache
def bodies() -> dict[str, type[BaseModel]]:
    return {tag: body_model(task) for tag, task in TASKS.items()}


def body_model(task: Task) -> type[BaseModel]:
    """`{"inputs": ..., "parameters": {...}}`; a task of one input also takes its bare value."""
    fields = task.inputs.model_fields
    inputs: Any = task.inputs
    if len(fields) == 1:
        (field,) = fields.values()
        inputs = inputs | annotated(field)
    name = task.tag.title().replace("-", "") + "Body"
    body: type[BaseModel] = create_model(
        name, __doc__=task.summary, inputs=(inputs, ...), parameters=(task.params, task.params())
    )
    return body


def annotated(field: Any) -> Any:
    """The type of a pydantic field with its metadata, as it was written."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def task_bodies() -> dict[str, Any]:
    """The `openapi_extra` of a route that serves every task."""
    names = [{"$ref": REF.format(model=model.__name__)} for model in bodies().values()]
    binary = {"schema": {"type": "string", "format": "binary"}}
    kinds = {"application/json": {"schema": {"oneOf": names}}, "application/octet-stream": binary}
    return {"requestBody": {"required": True, "content": kinds}}


def definitions() -> dict[str, Any]:
    """The schemas that `task_bodies` refers to."""
    models = [(model, "validation") for model in bodies().values()]
    _, document = models_json_schema(models, ref_template=REF)  # type: ignore[arg-type]
    found: dict[str, Any] = document["$defs"]
    return found
