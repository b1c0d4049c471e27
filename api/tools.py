"""A task as a tool of a language model: its name, its arguments, and its answer as content."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from api import fields
from api.answers import plain
from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from pipelines.slots import slots
from pipelines.task import Task

if TYPE_CHECKING:
    from mcp.types import ContentBlock

SHOWN = 5  # models named for each tool
BLOB = {"blob", "content-type"}


def name_of(task: Task) -> str:
    return task.tag.replace("-", "_")


def find(name: str) -> Task:
    """Raises InvalidInput for a name that no tool has."""
    found = {name_of(task): task for task in registry.TASKS.values()}
    if name not in found:
        raise InvalidInput(f"There is no tool {name[:80]!r}. There are: {', '.join(found)}.")
    return found[name]


# Arguments --------------------------------------------------------------------------------------


def able(task: Task, here: Sequence[Model]) -> list[str]:
    """The models of this machine for a task, those whose own tag it is first."""
    fitting = [model for model in here if task.accepts(model)]
    return [each.id for each in sorted(fitting, key=lambda model: model.tag != task.tag)]


def usual(task: Task, here: Sequence[Model]) -> str:
    """The model that answers where a caller names none: one that is on this machine, if any is."""
    found = able(task, here)
    return task.default_model if task.default_model in found or not found else found[0]


def describe(task: Task, here: Sequence[Model]) -> str:
    """What a tool does, and what with."""
    found = able(task, here)
    more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    models = f"Models here: {', '.join(found[:SHOWN])}{more}" if found else "No model for it here"
    return f"{task.summary}. {models}."


def arguments(task: Task, here: Sequence[Model]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments: the model, then the task's inputs and parameters."""
    found, known = fields.schemas(task.inputs, task.params)
    named = {slot.name: found[slot.name] for slot in fields.fields_of(task)}
    model = {
        "type": "string",
        "description": "Model id, as in org/name or org/name@revision",
        "default": usual(task, here),
    }
    used = fields.reached(named, known)
    return {
        "type": "object",
        "properties": {"model": model, **named},
        "required": [slot.name for slot in slots(task.inputs) if slot.required],
        "additionalProperties": False,
        **({"$defs": {name: known[name] for name in used}} if used else {}),
    }


def body(task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as the body that the HTTP route takes. Raises InvalidInput if one is lacking.

    Null means that an argument is left out: models write it for what they do not need.
    """
    some = {name: value for name, value in given.items() if value is not None and name != "model"}
    inputs = {slot.name for slot in slots(task.inputs)}
    lacking = [slot.name for slot in slots(task.inputs) if slot.required and slot.name not in some]
    if lacking:
        raise InvalidInput(f"{name_of(task)} lacks {', '.join(lacking)}. {task.summary}.")
    return {
        "inputs": {name: value for name, value in some.items() if name in inputs},
        "parameters": {name: value for name, value in some.items() if name not in inputs},
    }


# Answers ----------------------------------------------------------------------------------------


def content(task: Task, value: Any, notices: Sequence[str]) -> "list[ContentBlock]":
    """A wire-shaped value as a model reads it: files as what they are, all else as JSON; then what
    is to be known of it. A result that can be drawn as one picture is that picture: its numbers
    would fill a conversation."""
    from mcp.types import TextContent

    drawn = output_kind(task.output).file
    told = plain(drawn(value) if drawn else value)
    files = told if isinstance(told, list) and told else [told]
    if all(map(is_file, files)):
        blocks = [block for each in files for block in file(each)]
    else:
        blocks = [TextContent(type="text", text=json.dumps(told, ensure_ascii=False))]
    return [*blocks, *(TextContent(type="text", text=f"Note: {each}") for each in notices)]


def is_file(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= BLOB


def file(value: Mapping[str, str]) -> "list[ContentBlock]":
    """A file with its label before it, if it has one."""
    from mcp.types import (
        AudioContent,
        BlobResourceContents,
        EmbeddedResource,
        ImageContent,
        TextContent,
    )
    from pydantic import AnyUrl

    data, mime = value["blob"], value["content-type"]
    label = [TextContent(type="text", text=value["label"])] if "label" in value else []
    kind = mime.partition("/")[0]
    if kind == "image":
        return [*label, ImageContent(type="image", data=data, mimeType=mime)]
    if kind == "audio":
        return [*label, AudioContent(type="audio", data=data, mimeType=mime)]
    whole = BlobResourceContents(uri=AnyUrl("tagline://result"), mimeType=mime, blob=data)
    return [*label, EmbeddedResource(type="resource", resource=whole)]
