"""A field of a task as widgets, schemas and snippets see it, read from its own JSON schema."""

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True)
class Slot:
    """One field of Inputs or Params as a widget, a schema or a snippet sees it."""

    name: str
    kind: str
    required: bool
    default: Any
    description: str
    examples: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    choices: tuple[Any, ...] = ()
    fixed: bool = False  # only its neutral value is taken: nothing to choose
    media: tuple[str, ...] = ()  # kinds of file that the turns of a conversation may hold
    leads: bool = False  # a parameter that most callers want to set

    @property
    def is_file(self) -> bool:
        return self.kind in ("image", "audio", "video", "mask")

    @property
    def is_list(self) -> bool:
        return self.kind in ("lines", "names", "messages", "images", "marks")

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


PLAIN_KINDS = MappingProxyType(
    {"integer": "number", "number": "number", "boolean": "flag", "string": "text", "array": "names"}
)


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model, made once. Whoever changes it copies it first."""
    return model.model_json_schema()


@cache
def slots(model: type[BaseModel]) -> tuple[Slot, ...]:
    """The fields of a model, read from its own JSON schema."""
    schema = schema_of(model)
    required = set(schema.get("required", ()))
    fields = schema.get("properties", {})
    return tuple(slot(name, each, name in required) for name, each in fields.items())


def slot(name: str, schema: dict[str, Any], required: bool) -> Slot:
    some = next((s for s in schema.get("anyOf", ()) if s.get("type") != "null"), schema)
    choices = tuple(some.get("enum", ()))
    kind = some.get("x-kind") or (
        "choice" if choices else PLAIN_KINDS.get(some.get("type", ""), "json")
    )
    low, high = some.get("minimum"), some.get("maximum")
    return Slot(
        name=name,
        kind=kind,
        required=required,
        default=schema.get("default"),
        description=schema.get("description", ""),
        examples=tuple(schema.get("examples", ())),
        low=some.get("exclusiveMinimum", low),
        high=some.get("exclusiveMaximum", high),
        whole=some.get("type") == "integer",
        choices=choices,
        fixed=is_fixed(some),
        media=tuple(some.get("x-media", ())),
        leads=schema.get("x-leads", False),
    )


def is_fixed(schema: dict[str, Any]) -> bool:
    single = "const" in schema or schema.get("type") == "null" or schema.get("x-kind") == "fixed"
    empty = 0 in (schema.get("maxItems"), schema.get("maxProperties"))
    bound = schema.get("minimum") is not None and schema.get("minimum") == schema.get("maximum")
    return single or empty or bound
