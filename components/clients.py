"""One typed, named endpoint per task, for the Gradio clients.

They stand on a page that the navigation bar does not show: events inside `gr.render` have no
endpoint, and a page carries only its own components, so the first page stays small.
"""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import gradio as gr

from api.fields import fields_of, result_of, schema_of
from api.schema import is_file
from components import files
from components import inputs as widgets
from components.callers import caller, follow
from components.views.sounds import file_of
from pipelines import registry
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.kinds.shapes import is_media
from pipelines.search import tags_of
from pipelines.slots import Slot, slots
from pipelines.task import Task

Component = gr.components.Component


def draw(inference: Inference) -> None:
    """Builds the endpoints in the Blocks now open: of a demo, those of its model."""
    for task in tasks(inference):
        with gr.Group():
            gr.Markdown(f"### {task.tag}\n{task.summary}")
            fields = fields_of(task)
            boxes = [
                gr.Textbox(label="model"),
                *(box(slot, schema_of(task, slot)) for slot in fields),
            ]
            gr.Button(task.tag).click(
                handler(inference, task, fields),
                boxes,
                result(task),
                api_name=name_of(task),
                api_description=f"{task.summary}. The result has Hugging Face's own shape.",
                concurrency_limit=None,
            )


def tasks(inference: Inference) -> list[Task]:
    if not inference.models.alone:
        return list(registry.TASKS.values())
    return [registry.get(tag) for model in inference.models.list() for tag in tags_of(model)]


def usual(inference: Inference, task: Task) -> str:
    """The model of a call that names none."""
    return inference.models.alone or task.default_model


def name_of(task: Task) -> str:
    return task.tag.replace("-", "_")


def takes_json(slot: Slot) -> bool:
    unset = slot.kind == "flag" and slot.default is None  # no checkbox is neither on nor off
    return unset or slot.is_list or slot.kind in ("table", "json")


def box(slot: Slot, schema: dict[str, Any]) -> Component:
    """A component whose API type is that of the field: JSON for what is no plain value."""
    if slot.is_file:
        # Not gr.Image, which opens every file itself and has no words for one that is no picture.
        return files.without_addresses(gr.File(type="filepath", label=slot.name))
    if takes_json(slot):
        return files.without_addresses(typed(gr.JSON(slot.default, label=slot.name), schema))
    if slot.kind == "number" and not slot.required:
        number = gr.Number(slot.default, minimum=slot.low, maximum=slot.high, label=slot.name)
        return typed(number, schema)
    widget = widgets.of(slot)
    made = widget.make(slot, None if slot.required else widget.show(slot.default))
    made.label = slot.name
    return typed(made, schema) if slot.kind == "number" else made


def typed(component: Component, schema: dict[str, Any]) -> Component:
    """Tells clients the exact type, where Gradio would say any JSON, or a float for a whole number.

    Not a subclass: Gradio would write a stub file beside it.
    """
    component.api_info = lambda: schema  # type: ignore[method-assign]
    return component


def result(task: Task) -> Component:
    """A file for what is one, JSON for everything else."""
    if is_file(task):
        return gr.File(label="result")
    return typed(gr.JSON(label="result"), result_of(task))


def read(slot: Slot, value: Any) -> Any:
    """What a box gives as what the task reads. Lists may also be written as text."""
    plain = takes_json(slot) and not isinstance(value, str)
    return value if plain else widgets.of(slot).read(value)


def handler(
    inference: Inference, task: Task, fields: list[Slot]
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The function behind an endpoint, with the signature that clients and MCP show."""

    async def predict(model: str, request: gr.Request, *values: Any) -> Any:
        follow(request)
        try:
            client = caller(inference, request)
            await inference.engine.allowance.admit(client)
            found = await inference.models.resolve(model or usual(inference, task))
            registry.choose(found, task.tag)
            _, asked = await inference.read(found, task.tag, body(task, fields, values))
            value, _ = await inference.predict(found, task, asked, client)
        except TaglineError as error:
            raise gr.Error(str(error), print_exception=False) from error
        several = isinstance(value, list) and any(map(is_media, value))
        return (
            list(map(file_of, value)) if several else file_of(value) if is_media(value) else value
        )

    predict.__name__ = name_of(task)
    predict.__doc__ = description(task, fields)
    predict.__signature__ = signature(fields)  # type: ignore[attr-defined]
    return predict


def body(task: Task, fields: list[Slot], values: tuple[Any, ...]) -> dict[str, Any]:
    """The values as the body that the HTTP route takes."""
    count = len(slots(task.inputs))
    got = [(s.name, read(s, v)) for s, v in zip(fields, values, strict=True)]
    unset: dict[str, tuple[Any, Any]] = {slot.name: (None, slot.default) for slot in fields}
    params = {name: value for name, value in got[count:] if value not in unset[name]}
    return {"inputs": dict(got[:count]), "parameters": params}


def signature(fields: list[Slot]) -> inspect.Signature:
    """Gradio takes a parameter for optional if its box has a value or its default is None.

    `request` is none of the caller's: Gradio knows it by its type and puts it in.
    """
    kind, required = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    known = [("model", required), ("request", required)]
    names = [*known, *((s.name, required if s.required else None) for s in fields)]
    return inspect.Signature([inspect.Parameter(n, kind, default=d) for n, d in names])


def description(task: Task, fields: list[Slot]) -> str:
    lines = [f"{slot.name}: {slot.description}" for slot in fields]
    return "\n".join([f"{task.summary}.", "", "Args:", "model: Model id, as in org/name", *lines])
