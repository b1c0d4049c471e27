"""What an answer looks like: a value made from the type that a task's record names."""

from typing import Any

from pydantic import TypeAdapter

from api import schema
from pipelines.kinds.outputs import output_kind
from pipelines.task import Task

TEXT, NUMBER = "…", 0.5
PLAIN: dict[str, Any] = {"string": TEXT, "number": NUMBER, "integer": 1, "boolean": True}


def of(task: Task) -> Any:
    """The JSON that a call with one input is answered with. Its texts and numbers are nobody's."""
    whole = output_kind(task.output).specimen or made_of(task)
    return [whole] if task.listed else whole


def made_of(task: Task) -> Any:
    described = TypeAdapter(schema.result(task)).json_schema(mode="serialization")
    return value(described, described.get("$defs", {}))


def value(described: dict[str, Any], parts: dict[str, Any]) -> Any:
    """A value that a JSON schema allows, the first of several kinds; every field is there."""
    if "$ref" in described:
        return value(parts[described["$ref"].rpartition("/")[2]], parts)
    some = [each for each in described.get("anyOf", ()) if each.get("type") != "null"]
    if some:
        return value(some[0], parts)
    if described.get("type") == "array":
        items = described.get("prefixItems") or [described.get("items", {})]
        return [value(each, parts) for each in items]
    if described.get("type") == "object":
        return fields(described, parts)
    return PLAIN.get(described.get("type", ""), TEXT)


def fields(described: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    named = described.get("properties")
    if named is not None:
        return {name: value(each, parts) for name, each in named.items()}
    more = described.get("additionalProperties")
    return {"name": value(more, parts)} if isinstance(more, dict) else {}
