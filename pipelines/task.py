"""A task is data: one frozen record says all that the rest of the app needs of a pipeline tag."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import InvalidInput, WrongShape
from pipelines.hardware import Hardware
from pipelines.model import HANDLER, Model
from pipelines.reading import Body, as_object, explain, split, unknown_names
from pipelines.settings import Limits
from pipelines.slots import slots


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
Shape = Callable[[Any, Any], Any]
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
    `shape(raw, row)` makes the wire shape of what a model's own code (handler.py) gave for `row`.
    `tidy` turns an odd body that real clients send into `{"inputs": ..., "parameters": ...}`.
    `listed` says that the protocol puts the answer to one input in a list of one. `more_models`
    are others on the Hub worth trying. `leads` puts the task before the model's own tag on the
    page. `choices` says what a model allows for a parameter, read from its files (languages, say).
    `gpu_seconds` is how long a call may need a GPU that is lent by the call (ZeroGPU).
    `together` is how many inputs of separate calls may go through the model at once; 1 where `run`
    takes its inputs one by one, so that one call would only wait for another; an input counts for
    as many as its `weight`. `any_text` is False where a text must be of some form, such as with a
    mark in it.
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
    together: int = 1
    weight: Callable[[Any], int] = lambda row: 1
    any_text: bool = True
    listed: bool = False
    leads: bool = False
    shape: Shape = lambda raw, row: raw
    gpu_seconds: int = 60
    more_models: tuple[str, ...] = ()
    fits: Callable[[Model], bool] | None = None
    choices: Callable[[Model], Mapping[str, tuple[str, ...]]] = lambda model: {}
    tidy: Callable[[Body], Body] = field(default=lambda body: body)

    def accepts(self, model: Model) -> bool:
        """Whether this task can be done with `model`: a library we load, and a fitting model."""
        if model.library not in self.load:
            return False
        return self.fits(model) if self.fits else model.tag == self.tag

    def loader(self, model: Model) -> Load:
        """The function that loads `model` for this task."""
        return self.load[model.library or ""]

    def streams(self, model: Model) -> bool:
        """Whether `model` answers piece by piece; a model's own code gives the whole."""
        return self.stream is not None and model.library != HANDLER

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
        """Raw bytes for a task that takes a file; its other inputs stand among the parameters."""
        fields = slots(self.inputs)
        files = [slot.name for slot in fields if slot.is_file]
        given = {slot.name: params[slot.name] for slot in fields if slot.name in params}
        lacking = [slot.name for slot in fields if slot.required and slot.name not in given]
        if not files or lacking != files[:1]:
            raise WrongShape(f"{self.tag} takes JSON, not raw bytes alone. {self.wanted()}")
        inputs = self.validate(self.inputs, {**given, files[0]: data}, "inputs", limits)
        rest = {name: value for name, value in params.items() if name not in given}
        return Request([inputs], self.read_params(rest, limits, defaults))

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

    def wire(self, values: list[Any], many: bool = False) -> Any:
        """What the protocol sends: the value of one input, or a list of them."""
        return values if many or self.listed else values[0]

    def wanted(self) -> str:
        """The body this task takes, in one line of words."""
        required = [slot for slot in slots(self.inputs) if slot.required]
        if len(required) == 1:
            return f'{self.tag} takes {{"inputs": <{required[0].kind}>}}.'
        inner = ", ".join(f'"{slot.name}": <{slot.kind}>' for slot in required)
        return f'{self.tag} takes {{"inputs": {{{inner}}}}}.'
