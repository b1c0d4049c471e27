"""Loading, unloading and pinning by hand."""

from collections.abc import AsyncGenerator
from html import escape
from typing import Any

import gradio as gr

from api import hands
from api.texts import Texts
from components import fitting, gauges, lines
from components.callers import scope
from pipelines.engine.call import Call
from pipelines.engine.engine import key_of
from pipelines.errors import RefusedModel, TaglineError
from pipelines.inference import Inference
from pipelines.settings import Settings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
BUTTON: dict[str, Any] = {"min_width": 80, "scale": 0}


class Hands:
    """A model to choose, what it would take, and what can be done with it, by whoever may; drawn
    for one reader, in his language."""

    def __init__(self, inference: Inference, settings: Settings, say: Texts) -> None:
        self.inference, self.engine = inference, inference.engine
        self.settings, self.say = settings, say

    def draw(self) -> None:
        """Builds it in the Blocks now open."""
        models = [model.id for model in self.inference.models.list()]
        first = self.inference.models.shown
        chosen = first if first in models else next(iter(models), None)
        with gr.Column(elem_classes="card", elem_id="hands"):
            gr.HTML(f"<h2>{self.say('machine.by_hand')}</h2>", padding=False)
            with gr.Row(elem_classes="by-hand"):
                self.model = gr.Dropdown(
                    models,
                    value=chosen,
                    label=self.say("machine.model_here"),
                    interactive=True,
                    min_width=260,
                    scale=1,
                )
                self.load = gr.Button(
                    self.say("machine.load"), variant="primary", elem_id="load", **BUTTON
                )
                self.unload = gr.Button(self.say("machine.unload"), elem_id="unload", **BUTTON)
                self.pin = gr.Button(self.say("machine.pin"), elem_id="pin", **BUTTON)
            self.fit = gr.HTML(elem_id="fit", padding=False)
            self.note = gr.HTML(elem_id="note", padding=False)

    def check(self, request: gr.Request) -> None:
        """Raises RefusedModel: a hidden button can be pressed by a program all the same."""
        if not hands.may(scope(request), self.settings):
            raise RefusedModel(hands.why_not(self.settings))

    def wire(self, tick: Any) -> list[Any]:
        """Looks at every `tick`; gives the events after which the machine may look different."""
        going: dict[str, Any] = {"outputs": self.note, "concurrency_limit": None, **QUIET}
        loads = self.load.click(self.do_load, self.model, **going)
        pins = self.pin.click(self.do_pin, [self.model, self.pin], **going)
        # Who unloads what still loads does not want to hear that the load was broken off.
        unloads = self.unload.click(self.do_unload, self.model, cancels=[loads, pins], **going)
        seen = gr.State([])
        asked, told = [self.model, seen], [self.fit, self.pin, seen]
        gr.on([self.model.change, tick], self.look, asked, told, queue=False, **QUIET)
        return [loads, pins, unloads]

    async def look(self, name: str | None, seen: list[str]) -> list[Any]:
        """Whether the chosen model will fit, told anew when something has changed."""
        now = [name or "", *map(str, self.engine.pins)]
        now += [f"{each.model.id} {each.state}" for each in self.engine.all()]
        if now == seen or not name:
            return [gr.skip(), gr.skip(), now]
        try:
            call = self.call(name)
            line = await fitting.sentence(self.inference, call)
        except TaglineError as error:
            return [lines.error(str(error)), gr.skip(), now]
        pinned = key_of(call) in self.engine.pins
        told = f'<p class="quiet">{escape(line)}</p>' if line else ""
        return [told, self.say("machine.unpin" if pinned else "machine.pin"), now]

    def call(self, name: str | None) -> Call:
        return self.inference.main_call(self.inference.models.find(name or ""))

    def line(self, key: str, name: str | None, busy: bool = False) -> str:
        return lines.status(self.say(f"machine.{key}", model=name), busy)

    # What the buttons do ------------------------------------------------------------------------

    async def do_load(self, name: str | None, request: gr.Request) -> AsyncGenerator[str, None]:
        try:
            self.check(request)
            yield self.line("loading", name, busy=True)
            await self.engine.load(self.call(name))
            yield self.line("loaded", name)
        except TaglineError as error:
            yield lines.error(str(error))

    async def do_unload(self, name: str | None, request: gr.Request) -> AsyncGenerator[str, None]:
        try:
            self.check(request)
            was_here = await self.engine.unload(self.call(name).model)
            yield self.line("unloaded" if was_here else "not_loaded", name)
        except TaglineError as error:
            yield lines.error(str(error))

    async def do_pin(
        self, name: str | None, wish: str, request: gr.Request
    ) -> AsyncGenerator[str, None]:
        pin = wish == self.say("machine.pin")
        try:
            self.check(request)
            yield self.line("pinning" if pin else "unpinning", name, busy=True)
            await self.engine.pin(self.call(name), pin)
            yield self.line("pinned_now" if pin else "unpinned_now", name)
        except TaglineError as error:
            yield lines.error(str(error))


def hands_off(settings: Settings, say: Texts) -> str:
    """What those see who may not."""
    words = f"{say('machine.hands_off')} {say(f'machine.who_{settings.rules.hands}')}"
    return gauges.card(say("machine.by_hand"), f'<p class="quiet">{escape(words)}</p>')
