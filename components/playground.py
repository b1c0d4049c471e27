"""The first page: name a model, get its widget."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from api.texts import Texts
from components import (
    choosing,
    code,
    demo,
    downloading,
    header,
    lines,
    opening,
    picker,
    sharing,
    texts,
    top,
    unserved,
)
from components.answering import Answering
from components.asking import ABSENT
from components.callers import caller
from components.choosing import Chosen
from components.code import Served
from components.onward import Place
from components.opening import Opened
from components.panel import Panel
from pipelines import registry
from pipelines.allowance import Client
from pipelines.errors import TaglineError, UnknownModel
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.search import suggested, tags_of
from pipelines.settings import Settings
from pipelines.task import Task
from store.shelf import Shelf


def draw(inference: Inference, settings: Settings, shelf: Shelf) -> None:
    """Builds the page in the Blocks now open."""
    state = gr.State({})  # what the page itself asks for: a task for a picture, a model that came
    blocks = gr.context.Context.root_block
    assert blocks is not None
    triggers = [blocks.load, state.change]
    if not settings.demo:
        top.draw("playground", inference.engine.hardware, settings.sign_in)
        triggers.append(picker.draw().input)

    # The address says what to show, so that a reload shows it again. One round trip draws it all.
    @gr.render(
        inputs=state,
        triggers=triggers,
        queue=False,
        show_progress="hidden",
    )
    def body(told: dict[str, Any], event: gr.EventData, request: gr.Request) -> None:
        query, say, client = dict(request.query_params), texts.here(), caller(inference, request)
        if demo.wanted(settings, query):
            chosen = choosing.by_address(inference, query, settings.task)
            demo.draw(inference, client, chosen, query, not settings.demo, say)
            return
        query |= opening.names(inference, shelf, request)
        asked = event.target is state
        chosen = (
            choosing.by_state(told)
            if asked
            else choosing.by_address(inference, query, settings.task)
        )
        share = sharing.of(settings, blocks.share_url)
        opened = opening.draw(inference, shelf, chosen, request)
        reached = code.served(settings)
        Page(inference, client, share, Place(state), say, opened, reached).show(chosen, query)


class Page:
    """What was chosen, or what stands in its way, for one visitor."""

    def __init__(
        self,
        inference: Inference,
        client: Client,
        share: sharing.Share,
        place: Place,
        say: Texts,
        opened: Opened | None = None,
        served: Served | None = None,
    ) -> None:
        self.inference, self.client, self.say = inference, client, say
        self.share, self.place, self.opened, self.served = share, place, opened, served

    def given(self, chosen: Chosen) -> dict[str, Any]:
        """What the boxes hold at first, by field: of the run that the address names, or of a
        picture that goes on."""
        return {**(self.opened.given() if self.opened else {}), **chosen.given}

    def show(self, chosen: Chosen, query: Mapping[str, str]) -> None:
        """Builds it in the Blocks now open."""
        if not chosen.name:
            self.nothing(chosen)
            return
        try:
            model = self.inference.models.find(chosen.name)
        except UnknownModel:
            self.absent(chosen.name, chosen)
        except TaglineError as error:
            gr.HTML(lines.error(str(error)), padding=False)
        else:
            self.present(model, chosen, query)

    def nothing(self, chosen: Chosen) -> None:
        if about := unserved.of(chosen.task):
            unserved.draw(about, None, self.of_tag(about.tag), self.say)
            return
        gr.HTML(f'<div class="note">{self.say("playground.no_models")}</div>', padding=False)

    def present(self, model: Model, chosen: Chosen, query: Mapping[str, str]) -> None:
        """A model on this machine: its card, then its panel if a task here does it."""
        able = tags_of(model)
        tag = chosen.task if chosen.task in able else next(iter(able), None)
        name, hardware = chosen.name or model.id, self.inference.engine.hardware
        header.draw(header.card(model, name, able, tag, hardware, self.share, self.say))
        if tag is None:
            if about := unserved.of(model.tag):
                unserved.draw(about, model, self.of_tag(about.tag), self.say)
            return
        same = query.get("model", name) == name and query.get("task", tag) == tag
        answering = Answering(self.inference, model, registry.get(tag), self.client)
        asked, given = query if same else {}, self.given(chosen)
        Panel(answering, asked, given, self.place, name, self.opened, self.served).draw()

    def absent(self, name: str, chosen: Chosen) -> None:
        """A model that is not here: whether it can be had, and how its panel looks."""
        tag = chosen.task
        header.draw(header.plain(name, tag, self.share, self.say))
        downloading.draw(self.inference, name, self.place.choice)
        if tag not in registry.TASKS:
            return
        task = registry.get(str(tag))
        gr.HTML(worth_trying(task, name, self.say), padding=False)
        answering = Answering(self.inference, stand_in(name, task), task, self.client)
        given, reached = self.given(chosen), self.served
        Panel(answering, {}, given, None, name, self.opened, reached).draw()

    def of_tag(self, tag: str) -> list[Model]:
        return [model for model in self.inference.models.list() if model.tag == tag]


def stand_in(name: str, task: Task) -> Model:
    """For a model that is not here, so that its widget can be seen before it is downloaded."""
    return Model(name, Path(ABSENT), "", task.tag, next(iter(task.load)), source=ABSENT)


def worth_trying(task: Task, name: str, say: Texts) -> str:
    """Links to the other models on the Hub that the task's record names."""
    others = [other for other in suggested(task.tag) if other != name]
    made = (
        f'<a href="?{urlencode({"model": o, "task": task.tag})}">{escape(o)}</a>' for o in others
    )
    line = f"{say('playground.also', tag=task.tag)} {', '.join(made)}" if others else ""
    return f'<p class="caption">{line}</p>'
