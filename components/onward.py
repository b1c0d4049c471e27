"""A picture that was made goes in again: into the same task, or another of the same model."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import texts
from components.answering import Answering
from components.asking import ABSENT
from pipelines import registry
from pipelines.slots import slots
from pipelines.task import Task

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Component = gr.components.Component


@dataclass(frozen=True)
class Place:
    """Where another model or task is asked for (a state)."""

    choice: gr.State


def image_of(task: Task) -> str | None:
    """The input of `task` that takes a picture, if one does."""
    return next((slot.name for slot in slots(task.inputs) if slot.kind == "image"), None)


def target(answering: Answering) -> tuple[Task, str] | None:
    """The task that a result of `answering` may go into, itself first, and the input there."""
    if answering.view.again is None or answering.model.source == ABSENT:
        return None
    others = registry.for_model(answering.model)
    able = ((task, image_of(task)) for task in (answering.task, *others))
    return next(((task, name) for task, name in able if name), None)


class Onward:
    """The button under a result. `kept` is the path of the picture, which stays in the server."""

    def __init__(self, answering: Answering, place: Place | None) -> None:
        self.answering, self.place = answering, place
        self.target = target(answering)
        if self.target and self.target[0].tag != answering.task.tag and place is None:
            self.target = None

    def draw(self) -> list[Component]:
        """Builds it in the Blocks now open: what a run shows or hides."""
        if self.target is None:
            return []
        same = self.target[0].tag == self.answering.task.tag
        say = texts.here()
        label = say("panel.again") if same else say("panel.again_of", tag=self.target[0].tag)
        self.button = gr.Button(
            label, size="sm", visible=False, elem_classes="onward", min_width=96
        )
        self.kept = gr.State("")
        return [self.button, self.kept]

    def wire(self, boxes: list[Component]) -> None:
        """`boxes` are the panel's inputs and parameters, in the order of its fields."""
        if self.target is None:
            return
        task, name = self.target
        if task.tag == self.answering.task.tag:
            at = [slot.name for slot in slots(task.inputs)].index(name)
            self.button.click(same, self.kept, boxes[at], queue=False, **QUIET)
        elif self.place:
            # In the queue: a state that is changed beside it draws no panel anew.
            self.button.click(self.move, self.kept, self.place.choice, **QUIET)

    def move(self, path: str) -> dict[str, Any]:
        assert self.target
        task, name = self.target
        return {"model": self.answering.model.id, "task": task.tag, "given": {name: path}}

    def updates(self, sent: bool, made: str | None) -> list[Any]:
        """What `draw` gave, after a step of a run."""
        if self.target is None:
            return []
        if made:
            return [gr.update(visible=True), made]
        return [gr.update(visible=False), ""] if sent else [gr.skip(), gr.skip()]


def same(path: str) -> str:
    return path
