"""The fields of a task as short JSON schemas, for tools and clients that show them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from pipelines.slots import Slot, slots
from pipelines.slots import schema_of as whole_of
from pipelines.task import Task

Schema = dict[str, Any]
OURS = ("title", "x-kind", "x-media", "discriminator")  # marks that mean something here alone
FILES = ("image", "audio", "video", "mask")
ENCODED = "the file in base64, or as a data: URL"


def fields_of(task: Task) -> list[Slot]:
    """Inputs, then the parameters that have something to choose."""
    return [*slots(task.inputs), *(slot for slot in slots(task.params) if not slot.fixed)]


@cache
def schemas(
    task_inputs: Any, task_params: Any
) -> tuple[Mapping[str, Schema], Mapping[str, Schema]]:
    """Each field's schema by its name, and the definitions that they refer to."""
    found: dict[str, Schema] = {}
    known: dict[str, Schema] = {}
    for model in (task_inputs, task_params):
        whole = whole_of(model)
        known |= {name: short(each) for name, each in whole.get("$defs", {}).items()}
        found |= {name: short(each) for name, each in whole.get("properties", {}).items()}
    return found, known


def schema_of(task: Task, slot: Slot) -> Schema:
    """The schema of one field, complete in itself."""
    found, known = schemas(task.inputs, task.params)
    used = reached(found[slot.name], known)
    return found[slot.name] | ({"$defs": {name: known[name] for name in used}} if used else {})


def result_of(task: Task) -> Schema:
    """The schema of the answer to one input, complete in itself."""
    whole = short(TypeAdapter(task.output).json_schema(mode="serialization"))
    if not task.listed:
        return dict(whole)
    known = {"$defs": whole.pop("$defs")} if "$defs" in whole else {}
    return {"type": "array", "items": whole, **known}


def short(schema: Any) -> Any:
    """A schema as somebody reads it who only fills it in: without our marks, and with a word on how
    a file travels. Examples that name files are left out: the caller does not have them."""
    if isinstance(schema, list):
        return list(map(short, schema))
    if not isinstance(schema, dict):
        return schema
    some = unioned(schema)
    filed = some.get("x-kind") in (*FILES, "images") or "x-media" in some
    made = {
        key: {name: short(each) for name, each in value.items()} if key in ("properties", "$defs")
        else value if key in ("default", "examples", "enum", "const")
        else short(value)
        for key, value in some.items()
        if key not in OURS
        and not (filed and key == "examples")
        and not (key == "default" and value is None)
        and not (key == "additionalProperties" and value is False)  # which Gradio cannot say
    }  # fmt: skip
    return encoded(made) if some.get("x-kind") in FILES else made


def unioned(schema: Schema) -> Schema:
    """An optional field without null, which says that it is left out; what is left alone stands
    for itself."""
    if schema.get("default", OURS) is not None:
        return schema
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return rest | {"anyOf": kinds} if kinds else rest


def encoded(schema: Schema) -> Schema:
    words = f"{schema['description']}: {ENCODED}" if "description" in schema else ENCODED
    return {**schema, "description": words}


def reached(schema: Any, known: Mapping[str, Schema]) -> list[str]:
    """The definitions that a schema needs, and those that these need."""
    found: list[str] = []
    left = [schema]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.append(name)
                left.append(known[name])
        left += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return sorted(found)
