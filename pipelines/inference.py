"""From a caller's words to a call for the engine: the path that page, HTTP and clients share."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines import registry
from pipelines.engine.call import Answer, Call
from pipelines.engine.engine import Engine
from pipelines.errors import InvalidInput, TaglineError, UnsupportedTask, WrongShape
from pipelines.kinds import output_kind
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.samples import card_parameters
from pipelines.settings import Limits
from pipelines.task import Request, Task

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inference:
    """Which models there are, what runs them, and how much one request may ask.

    `trusting` says that callers are told apart by what they say of themselves, a token or a
    session: where strangers call, each of their calls could come as somebody else.
    """

    models: Models
    engine: Engine
    limits: Limits
    trusting: bool = True

    def client(self, address: str, said: str | None) -> str:
        """Whose turn a call takes."""
        return said if self.trusting and said else address

    async def read(
        self, model: Model, tag: str | None, body: Any, params: Mapping[str, Any] | None = None
    ) -> tuple[Task, Request]:
        """The task and the validated request that a body means.

        `body` is parsed JSON, or bytes (then `params` come from elsewhere). Without a tag the
        model's own task reads first, then the others; the first whose shape fits wins.
        """
        tasks = [registry.choose(model, tag)] if tag else registry.for_model(model)
        first: WrongShape | None = None
        for task in tasks:
            try:
                return task, self.read_as(task, model, body, params or {})
            except WrongShape as error:
                first = first or error
        assert first is not None
        others = ", ".join(task.tag for task in tasks[1:])
        raise InvalidInput(f"{first} {model.id} also does: {others}." if others else str(first))

    def read_as(self, task: Task, model: Model, body: Any, params: Mapping[str, Any]) -> Request:
        """`body` read by `task`; the card's own parameters stand where the caller gives none."""
        defaults = card_parameters(task, model)
        if isinstance(body, bytes):
            return task.read_bytes(body, params, self.limits, defaults)
        return task.read(body, self.limits, defaults)

    async def predict(
        self, model: Model, task: Task, request: Request, client: str = ""
    ) -> tuple[Any, Answer]:
        """The wire-shaped result, a list of them if the caller sent a list, and its timings."""
        call = Call(task, model, request.inputs, request.params, client)
        answer = await self.engine.predict(call)
        return (answer.values if request.many else answer.values[0]), answer

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

    async def close(self) -> None:
        """Stops downloads and forgets the loaded models."""
        await self.models.close()
        await self.engine.close()

    def speaker(self) -> Model:
        """The model that chats when a caller names none: the operator's, else the first."""
        able = [model for model in self.models.list() if chats(model)]
        if not able:
            raise UnsupportedTask("No model here can chat. Name one in the field 'model'.")
        first: Model = next((m for m in able if m.id == self.models.shown), able[0])
        return first


def chat_task(model: Model) -> Task:
    """The task through which `model` chats. Raises UnsupportedTask if it cannot."""
    for task in registry.for_model(model):
        if output_kind(task.output).name == "message":
            return task
    able = ", ".join(task.tag for task in registry.for_model(model))
    raise UnsupportedTask(f"{model.id} cannot chat. It can do: {able}.")


def chats(model: Model) -> bool:
    try:
        chat_task(model)
    except UnsupportedTask:
        return False
    return True
