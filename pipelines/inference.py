"""From a caller's words to a call for the engine: the path that page, HTTP and clients share."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines import registry
from pipelines.allowance import ANYBODY, Client
from pipelines.engine import build
from pipelines.engine.call import Answer, Call
from pipelines.engine.engine import Engine
from pipelines.engine.runner import Runner
from pipelines.errors import (
    InvalidInput,
    TaglineError,
    UnknownModel,
    UnsupportedTask,
    WrongMedia,
    WrongShape,
)
from pipelines.kinds.outputs import output_kind
from pipelines.kinds.shapes import is_media
from pipelines.model import Model
from pipelines.models.found import Found
from pipelines.models.resolve import Models
from pipelines.recent import Recent
from pipelines.samples import card_parameters
from pipelines.settings import Limits
from pipelines.slots import slots
from pipelines.task import Request, Task

log = logging.getLogger(__name__)
ADAPTER = "pytorch_lora_weights.safetensors"  # as diffusers names the file of a LoRA


@dataclass(frozen=True)
class Predictor:
    """Which models there are, what runs them, and how much one request may ask.

    `trusting` says that callers are told apart by what they say of themselves, a token or a
    session: where strangers call, each of their calls could come as somebody else. `quota` is the
    compute seconds a day of each stranger, None without a bound. `recent` holds the page's last
    runs.
    """

    models: Found
    engine: Runner
    limits: Limits
    trusting: bool = True
    quota: float | None = None
    recent: Recent = field(default_factory=Recent)

    def client(self, name: str, said: str | None) -> Client:
        """Whose turn a call takes that came without a token of this server."""
        if self.trusting:
            return Client(said or name)
        return Client(name, self.quota)

    async def read(
        self, model: Model, tag: str | None, body: Any, params: Mapping[str, Any] | None = None
    ) -> tuple[Task, Request]:
        """The task and the validated request that a body means.

        `body` is parsed JSON, or bytes (then `params` come from elsewhere). Without a tag the
        model's own task reads first, then the others; the first whose shape fits wins.
        """
        tasks = [registry.choose(model, tag)] if tag else registry.for_model(model)
        return self.read_by(tasks, model, body, params or {})

    def read_chat(self, model: Model, body: Any) -> tuple[Task, Request]:
        """The same for a conversation: what it holds decides, if `model` chats in several ways."""
        return self.read_by(chat_tasks(model), model, body, {})

    def read_by(
        self, tasks: Sequence[Task], model: Model, body: Any, params: Mapping[str, Any]
    ) -> tuple[Task, Request]:
        if isinstance(body, bytes) and not any(map(takes_file, tasks)):
            raise WrongMedia(f"{tasks[0].tag} takes JSON, not raw bytes. {tasks[0].wanted()}")
        first: WrongShape | None = None
        for task in tasks:
            try:
                return task, self.read_as(task, model, body, params)
            except WrongShape as error:
                first = first or error
        assert first is not None
        others = ", ".join(task.tag for task in tasks[1:])
        raise InvalidInput(f"{first} {model.id} also does: {others}." if others else str(first))

    def read_as(self, task: Task, model: Model, body: Any, params: Mapping[str, Any]) -> Request:
        """`body` read by `task`; the card's own parameters stand where the caller gives none."""
        defaults = card_parameters(task, model)
        if isinstance(body, bytes):
            asked = task.read_bytes(body, params, self.limits, defaults)
        else:
            asked = task.read(body, self.limits, defaults)
        return replace(asked, params=self.located(task, asked.params))

    def located(self, task: Task, params: Any) -> Any:
        """`params` with the place of its file instead of an adapter's id: a worker knows no models
        but its own. Raises InvalidInput for an id that stands for no adapter on this machine."""
        named = [slot.name for slot in slots(task.params) if slot.kind == "adapter"]
        given = {name: value for name in named if (value := getattr(params, name)) is not None}
        found = {name: str(self.adapter(name, value)) for name, value in given.items()}
        return params.model_copy(update=found) if found else params

    def adapter(self, name: str, id: str) -> Path:
        try:
            folder = self.models.find(id).path
        except (UnknownModel, InvalidInput) as error:
            raise InvalidInput(f"parameters.{name}: {error}") from None
        files = sorted(folder.glob("*.safetensors"))
        usual = [file for file in files if file.name == ADAPTER]
        if not usual and (len(files) != 1 or (folder / "config.json").exists()):
            raise InvalidInput(
                f"parameters.{name}: {id} is no adapter: it has no {ADAPTER}, nor one safetensors "
                "file alone."
            )
        return (usual or files)[0]

    async def predict(
        self, model: Model, task: Task, request: Request, client: Client = ANYBODY
    ) -> tuple[Any, Answer]:
        """The wire-shaped result, a list of them if the caller sent a list, and its timings."""
        call = Call(task, model, request.inputs, request.params, client)
        answer = await self.engine.predict(call)
        return with_notices(task.wire(answer.values, request.many), answer.notices), answer

    def speaker(self) -> Model:
        """The model that chats when a caller names none: the operator's, else the first."""
        able = [model for model in self.models.list() if chats(model)]
        if not able:
            raise UnsupportedTask("No model here can chat. Name one in the field 'model'.")
        first: Model = next((m for m in able if m.id == self.models.shown), able[0])
        return first


@dataclass(frozen=True)
class Inference(Predictor):
    """The same with the models and the engine of this machine."""

    models: Models
    engine: Engine

    def main_call(self, model: Model, tag: str | None = None) -> Call:
        """What loads `model` as its own task, or the one named, would."""
        return Call(registry.choose(model, tag), model, [], None)

    async def warm(self, names: Sequence[str]) -> None:
        """Loads and pins these models, one after the other; what fails is in the log."""
        for name in names:
            try:
                await self.engine.pin(self.main_call(await self.models.resolve(name)))
            except TaglineError as error:
                log.error("%s cannot be pinned: %s", name, error)

    def place(self, names: Sequence[str]) -> None:
        """Loads these models before the page is launched, where models live in this process, as
        ZeroGPU has it; what fails is in the log. No event loop runs yet."""
        for name in names:
            try:
                build.place(self.engine, self.main_call(self.here(name)))
            except TaglineError as error:
                log.error("%s cannot be placed: %s", name, error)

    def here(self, name: str) -> Model:
        """The model, downloaded if it must. No event loop runs yet."""
        try:
            return self.models.find(name)
        except UnknownModel:
            return asyncio.run(self.models.resolve(name))

    async def close(self) -> None:
        """Stops downloads and forgets the loaded models."""
        await self.models.close()
        await self.engine.close()


def with_notices(value: Any, notices: Sequence[str]) -> Any:
    """`value`, with `warnings` beside its own fields if it is an object that can hold them."""
    if not notices or not isinstance(value, dict) or is_media(value):
        return value
    return {**value, "warnings": list(notices)}


def takes_file(task: Task) -> bool:
    return any(slot.is_file for slot in slots(task.inputs))


def chat_tasks(model: Model) -> list[Task]:
    """The tasks through which `model` chats, its own first. Raises UnsupportedTask if it cannot."""
    able = registry.for_model(model)
    if found := [task for task in able if output_kind(task.output).name == "message"]:
        return found
    names = ", ".join(task.tag for task in able)
    raise UnsupportedTask(f"{model.id} cannot chat. It can do: {names}.")


def chats(model: Model) -> bool:
    try:
        chat_tasks(model)
    except UnsupportedTask:
        return False
    return True
