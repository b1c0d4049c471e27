"""Models that bring code of their own: a `handler.py` with an `EndpointHandler`.

The convention is that of Inference Endpoints: `EndpointHandler(path)` loads, and
`handler({"inputs": ..., "parameters": {...}})` answers one input in the shape of the model's task.
It runs only where the model is trusted: one of ours, or one that the operator names.
"""

import base64
import importlib.util
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipelines.encode import encode
from pipelines.errors import BrokenModel, InvalidInput, ModelFailed
from pipelines.hardware import Hardware
from pipelines.loaders.safety import first_line
from pipelines.media import Picture, Sound
from pipelines.model import HANDLER, Model
from pipelines.task import Task
from pipelines.video import Clip

BEST_RATE = 48_000  # Hz; recordings of more are brought down to it


@dataclass(frozen=True)
class Handler:
    """A model that answers by its own code."""

    call: Any
    name: str

    def answer(self, task: Task, inputs: list[Any], params: Any) -> list[Any]:
        """One wire-shaped value per input. Raises InvalidInput for what the code refuses, and
        ModelFailed if its answer has not the shape of the task."""
        given = params.model_dump(exclude_unset=True, exclude_none=True)
        return [self.one(task, row, given) for row in inputs]

    def one(self, task: Task, row: Any, parameters: dict[str, Any]) -> Any:
        try:
            raw = self.call({"inputs": value_of(row), "parameters": parameters})
        except ValueError as error:
            raise InvalidInput(f"inputs: the model says: {first_line(error)}") from error
        value = task.shape(filed(plain(raw)), row)
        if task.listed and isinstance(value, list) and len(value) == 1 and not fits(task, value):
            value = value[0]  # the whole answer, as the protocol has it
        if fault := misfit(task, value):
            raise ModelFailed(f"{self.name}: its handler.py gave no {task.tag} result: {fault}")
        return value


def value_of(row: Any) -> Any:
    """What a handler gets: the bare value of one field, else an object of all that have one.

    Pictures come as Pillow's, sound as a WAV file of one channel, opened within the limits first;
    a video comes as it is.
    """
    given = {name: value for name, value in row if value is not None}
    values = {name: opened(value) for name, value in given.items()}
    return next(iter(values.values())) if len(values) == 1 else values


def opened(value: Any) -> Any:
    if isinstance(value, Picture):
        return value.decode()
    if isinstance(value, list):
        return [opened(each) for each in value]
    if isinstance(value, Clip):
        return value.data
    if isinstance(value, Sound):
        rate = min(value.rate, BEST_RATE)
        return encode(value.decode(rate), rate, "audio/wav")["content"]
    return value


def plain(value: Any) -> Any:
    """Numbers of numpy and torch as Python's, but for sound, which is long."""
    if isinstance(value, dict):
        return {k: v if k == "audio" else plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


def filed(value: Any) -> Any:
    """Files that came as JSON carries them, as this API writes them too: an object of base64."""
    if isinstance(value, list):
        return [filed(each) for each in value]
    if isinstance(value, dict) and value.keys() == {"blob", "content-type"}:
        return {"content": base64.b64decode(value["blob"]), "mime": value["content-type"]}
    return value


def fits(task: Task, value: Any) -> bool:
    return misfit(task, value) is None


def misfit(task: Task, value: Any) -> str | None:
    """What keeps `value` from being a result of `task`."""
    try:
        TypeAdapter(task.output).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else str(first["msg"])
    return None


def load(model: Model, hardware: Hardware) -> Handler:
    """The model's own handler. Raises BrokenModel if its file has none."""
    module = imported(model.path / "handler.py")
    made = getattr(module, "EndpointHandler", None)
    if made is None:
        raise BrokenModel(f"{model.id} has a handler.py without an EndpointHandler.")
    return Handler(made(str(model.path)), model.shown)


def imported(file: Path) -> ModuleType:
    """The module in `file`, beside whose folder its own imports are looked for."""
    spec = importlib.util.spec_from_file_location(f"handler_{abs(hash(file))}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.append(str(file.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
    return module


def handled(task: Task) -> Task:
    """`task`, done also by models that bring code of their own."""

    def accepts(model: Model) -> bool:
        if model.library == HANDLER:  # its card may name more tasks that it does
            return task.tag in (model.tag, *model.tags)
        return task.fits(model) if task.fits else model.tag == task.tag

    def run(pipe: Any, inputs: list[Any], params: Any) -> list[Any]:
        if isinstance(pipe, Handler):
            return pipe.answer(task, inputs, params)
        return task.run(pipe, inputs, params)

    return replace(task, load={**task.load, HANDLER: load}, fits=accepts, run=run)
