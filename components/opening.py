"""A run that the address names, shown before anything is computed: a kept one with its result, or
only the inputs of one that was sent back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import gradio as gr
from pydantic import TypeAdapter, ValidationError

from api import callers
from components import inputs as widgets
from components import lines, outputs, rows, texts
from components.answering import Answering
from components.callers import scope
from components.choosing import Chosen
from pipelines import registry
from pipelines.errors import TaglineError, UnknownRun
from pipelines.inference import Inference, with_notices
from pipelines.recent import Run, unpack
from pipelines.settings import Limits
from pipelines.slots import slots
from pipelines.task import Inputs, Task
from store.run import Visitor
from store.shelf import Shelf

KEPT, AGAIN = "run", "again"  # how an address names one
SHORT = 12  # characters of a revision that tell it from others


@dataclass(frozen=True)
class Opened:
    """A run for the panel of its own task and model; `row` are its validated inputs."""

    run: Run
    task: Task
    row: Inputs

    def fits(self, chosen: Chosen) -> bool:
        """Whether it is of the model and the task that the page has chosen."""
        return (chosen.name, chosen.task) == (self.run.model, self.task.tag)

    def given(self) -> dict[str, Any]:
        """What its widgets hold, by field."""
        inputs, params = rows.placed(self.row), self.run.parameters
        made = {
            slot.name: widgets.of(slot).show(value[slot.name])
            for value, kind in ((inputs, self.task.inputs), (params, self.task.params))
            for slot in slots(kind)
            if value.get(slot.name) is not None
        }
        return made | {slot.name: empty for slot, empty in self.said()}

    def said(self) -> list[tuple[Any, Any]]:
        """The box of a conversation is empty when the last message was answered."""
        talks = [slot for slot in slots(self.task.inputs) if slot.kind == "messages"]
        if self.run.result is None:
            return []
        return [(slot, widgets.of(slot).show(None)) for slot in talks]

    def shown(self, answering: Answering) -> list[Any]:
        """Status line, result and raw JSON, as after a run."""
        if self.run.result is None:
            return [gr.skip(), self.before(answering), gr.skip()]
        sent = with_notices(self.task.wire([self.run.result]), self.run.notices)
        drawn = answering.view.show(self.run.result, self.row, answering.kind)
        return [self.line(answering) + lines.notices(self.run.notices), drawn, outputs.raw(sent)]

    def before(self, answering: Answering) -> Any:
        """Of a conversation what was said before its last message."""
        for slot in slots(self.task.inputs):
            if slot.kind == "messages" and (turns := getattr(self.row, slot.name)[:-1]):
                return answering.view.asked(self.row.model_copy(update={slot.name: turns}))
        return gr.skip()

    def line(self, answering: Answering) -> str:
        say = texts.here()
        moment = f"{datetime.fromtimestamp(self.run.created, UTC):%Y-%m-%d %H:%M} UTC"
        revision = self.run.revision[:SHORT]
        told = say.html("history.kept_line", time=moment, model=self.run.model, revision=revision)
        if answering.model.revision not in ("", self.run.revision):
            told += " " + say.html("history.other_revision", now=answering.model.revision[:SHORT])
        return f'<p class="kept-of" role="status">{told}</p>'


def of(inference: Inference, shelf: Shelf, request: gr.Request) -> Opened | None:
    """The run that the address of a page names. Raises TaglineError for one that is not there, or
    that this version does not read."""
    query, token = dict(request.query_params), callers.token_id(scope(request))
    if id := query.get(KEPT):
        return read(kept(shelf, id, token), inference.limits)
    if id := query.get(AGAIN):
        data = inference.recent.get(id, token)
        if data is None:
            raise UnknownRun(texts.here()("history.not_held"))
        return read(without_result(unpack(data)), inference.limits)
    return None


def kept(shelf: Shelf, id: str, token: int | None) -> Run:
    try:
        return shelf.runs.find(id, Visitor(token)).run
    except UnknownRun as error:
        raise UnknownRun(texts.here()("history.not_kept")) from error


def without_result(run: Run) -> Run:
    return Run(run.task, run.model, run.revision, run.inputs, run.parameters)


def read(run: Run, limits: Limits) -> Opened:
    """Validates it as if a caller had just sent it."""
    task = registry.get(run.task)
    row = task.validate(task.inputs, run.inputs, "inputs", limits)
    task.read_params(run.parameters, limits)
    try:
        if run.result is not None:
            TypeAdapter(task.output).validate_python(run.result)
    except ValidationError as error:
        raise UnknownRun(texts.here()("history.other_version")) from error
    return Opened(run, task, row)


def names(inference: Inference, shelf: Shelf, request: gr.Request) -> dict[str, str]:
    """The model and the task of the run that the address names, if it can be opened."""
    try:
        found = of(inference, shelf, request)
    except TaglineError:
        return {}
    return {"model": found.run.model, "task": found.run.task} if found else {}


def draw(inference: Inference, shelf: Shelf, chosen: Chosen, request: gr.Request) -> Opened | None:
    """The run for what the page has chosen; one that cannot be opened is told, in the Blocks now
    open, and the page goes on."""
    try:
        found = of(inference, shelf, request)
    except UnknownRun as error:
        gr.HTML(lines.error(str(error)), padding=False)
        return None
    except TaglineError as error:
        gr.HTML(lines.error(texts.here()("history.unreadable", reason=error)), padding=False)
        return None
    return found if found and found.fits(chosen) else None
