"""A task is data: one frozen record says all that the rest of the app needs of a pipeline tag."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import InvalidInput, WrongShape
from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.settings import Limits


class Inputs(BaseModel):
    """What a task works on. Every field names its kind (`pipelines.kinds`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Params(BaseModel):
    """How a task works. Every field has a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def given(self) -> dict[str, Any]:
        """Only what the caller set, ready to hand on to a library."""
        return self.model_dump(exclude_unset=True, exclude_none=True)


Load = Callable[[Model, Hardware], Any]
Run = Callable[[Any, list[Any], Any], list[Any]]
Stream = Callable[[Any, Any, Any], Iterator[Any]]
Body = Mapping[str, Any]

# pydantic's error types that say "this is not the body of this task" rather than "a bad value"
SHAPE_ERRORS = ("missing", "extra_forbidden")
NOTHING: Body = MappingProxyType({})
ROOT_KEYS = frozenset({"inputs", "parameters"})


@dataclass(frozen=True)
class Request:
    """What a caller asks of a task: validated inputs, parameters, and whether he sent a list."""

    inputs: list[Any]
    params: Any
    many: bool = False


@dataclass(frozen=True)
class Task:
    """Everything the app does with a pipeline tag follows from this.

    `load` maps a Hub library name to the function that loads such a model; `run` answers a batch,
    one result per input, in the wire shape of `output`; `stream` yields the chunks of one answer.
    `tidy` turns an odd body that real clients send into `{"inputs": ..., "parameters": ...}`.
    `leads` puts the task before the model's own tag on the page.
    """

    tag: str
    inputs: type[Inputs]
    params: type[Params]
    output: Any
    load: Mapping[str, Load]
    run: Run
    default_model: str
    summary: str
    stream: Stream | None = None
    batch: bool = False
    leads: bool = False
    fits: Callable[[Model], bool] | None = None
    tidy: Callable[[Body], Body] = field(default=lambda body: body)

    def accepts(self, model: Model) -> bool:
        """Whether this task can be done with `model`: a library we load, and a fitting model."""
        if model.library not in self.load:
            return False
        return self.fits(model) if self.fits else model.tag == self.tag

    def loader(self, model: Model) -> Load:
        """The function that loads `model` for this task."""
        return self.load[model.library or ""]

    def examples(self) -> list[dict[str, Any]]:
        """Sample inputs, one dict per example, from the `examples` of the fields."""
        columns = {s.name: s.examples for s in slots(self.inputs) if s.examples}
        count = max(map(len, columns.values()), default=0)
        return [{n: c[i % len(c)] for n, c in columns.items()} for i in range(count)]

    def read(self, body: Any, limits: Limits, defaults: Body = NOTHING) -> Request:
        """A JSON body as a Request; `defaults` are parameters where the body names none.

        Raises WrongShape when the body is another task's, InvalidInput when a value is wrong.
        """
        body = self.tidy(as_object(body))
        if unknown := body.keys() - ROOT_KEYS:
            raise WrongShape(unknown_names("body", unknown, ROOT_KEYS))
        if body.get("inputs") is None:
            raise WrongShape(f"The body lacks 'inputs'. {self.wanted()}")
        rows, many = split(self.inputs, body["inputs"])
        if len(rows) > limits.items:
            raise InvalidInput(f"inputs has {len(rows):,} items; at most {limits.items:,} go.")
        inputs = [self.validate(self.inputs, row, "inputs", limits) for row in rows]
        params = self.read_params(body.get("parameters"), limits, defaults)
        return Request(inputs, params, many)

    def read_bytes(
        self, data: bytes, params: Body, limits: Limits, defaults: Body = NOTHING
    ) -> Request:
        """Raw bytes for a task whose one required input is a file."""
        names = [slot.name for slot in slots(self.inputs) if slot.is_file]
        if not names:
            raise WrongShape(f"{self.tag} takes JSON, not raw bytes. {self.wanted()}")
        inputs = self.validate(self.inputs, {names[0]: data}, "inputs", limits)
        return Request([inputs], self.read_params(params, limits, defaults))

    def read_params(self, value: Any, limits: Limits, defaults: Body = NOTHING) -> Any:
        """`parameters` as this task's Params; null means "not given"."""
        if not isinstance(value, Mapping | None):
            raise InvalidInput("parameters must be an object, such as {}.")
        given = {**defaults, **{k: v for k, v in (value or {}).items() if v is not None}}
        return self.validate(self.params, given, "parameters", limits)

    def validate(self, model: type[BaseModel], value: Any, where: str, limits: Limits) -> Any:
        try:
            return model.model_validate(value, context=limits)
        except ValidationError as error:
            raise explain(error, model, where, self.wanted()) from None

    def wanted(self) -> str:
        """The body this task takes, in one line of words."""
        required = [slot for slot in slots(self.inputs) if slot.required]
        if len(required) == 1:
            return f'{self.tag} takes {{"inputs": <{required[0].kind}>}}.'
        inner = ", ".join(f'"{slot.name}": <{slot.kind}>' for slot in required)
        return f'{self.tag} takes {{"inputs": {{{inner}}}}}.'


def as_object(body: Any) -> Body:
    if not isinstance(body, Mapping):
        raise WrongShape(
            f'The body must be a JSON object such as {{"inputs": ...}}, not {body!r:.40}.'
        )
    return body


def split(model: type[Inputs], value: Any) -> tuple[list[Any], bool]:
    """The rows of `inputs`, and whether the caller sent a list of them.

    A model with one required field also takes the bare value of that field.
    """
    required = [slot for slot in slots(model) if slot.required]
    names = set(model.model_fields)
    bare = required[0] if len(required) == 1 else None

    def row(item: Any) -> Any:
        named = isinstance(item, Mapping) and bool(item) and item.keys() <= names
        return {bare.name: item} if bare and not named else item

    nested = bare is not None and bare.is_list
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(value, list) and value and (not nested or isinstance(first, list)):
        return [row(item) for item in value], True
    return [row(value)], False


def explain(
    error: ValidationError, model: type[BaseModel], where: str, wanted: str
) -> InvalidInput:
    """One sentence per problem, each naming the field and what is allowed."""
    problems = error.errors(include_url=False, include_input=False)
    unknown = {str(p["loc"][-1]) for p in problems if p["type"] == "extra_forbidden"}
    lines = [
        f"{'.'.join([where, *map(str, p['loc'])])}: {lower(p['msg'])}"
        for p in problems
        if p["type"] != "extra_forbidden"
    ]
    if unknown:
        lines.insert(0, unknown_names(where, unknown, set(model.model_fields)))
    shape = all(is_shape(p["type"], p["loc"]) for p in problems)
    text = "; ".join(line.rstrip(".") for line in lines[:5]) + "."
    return WrongShape(f"{text} {wanted}") if shape else InvalidInput(text)


def is_shape(kind: str, loc: tuple[int | str, ...]) -> bool:
    """Whether an error is about which fields there are, or what type a whole field has."""
    return kind in SHAPE_ERRORS or (kind.endswith("_type") and len(loc) <= 1)


def unknown_names(where: str, unknown: Any, allowed: Any) -> str:
    known = ", ".join(sorted(allowed)) or "none"
    return f"{where} does not know {', '.join(sorted(unknown))}; allowed: {known}."


def lower(message: str) -> str:
    return message[:1].lower() + message[1:]


# What a field looks like from outside -----------------------------------------------------------


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

    @property
    def is_file(self) -> bool:
        return self.kind in ("image", "audio", "video")

    @property
    def is_list(self) -> bool:
        return self.kind in ("lines", "names", "messages")

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


PLAIN_KINDS = MappingProxyType(
    {"integer": "number", "number": "number", "boolean": "flag", "string": "text", "array": "names"}
)


@cache
def slots(model: type[BaseModel]) -> tuple[Slot, ...]:
    """The fields of a model, read from its own JSON schema."""
    schema = model.model_json_schema()
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
    )


def is_fixed(schema: dict[str, Any]) -> bool:
    single = "const" in schema or schema.get("type") == "null"
    empty = 0 in (schema.get("maxItems"), schema.get("maxProperties"))
    bound = schema.get("minimum") is not None and schema.get("minimum") == schema.get("maximum")
    return single or empty or bound
