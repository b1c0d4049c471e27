"""Loading, unloading and pinning by hand."""

from collections.abc import AsyncGenerator
from html import escape
from typing import Any

import gradio as gr

from components import fitting, outputs
from pipelines.engine.call import Call
from pipelines.engine.engine import key_of
from pipelines.errors import TaglineError
from pipelines.inference import Inference

PIN, UNPIN = "Pin", "Unpin"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
BUTTON: dict[str, Any] = {"min_width": 80, "scale": 0}


class Hands:
    """A model to choose, what it would take, and what can be done with it.

    `asked` and `told` are what `look` takes and gives.
    """

    def __init__(self, inference: Inference) -> None:
        self.inference, self.engine = inference, inference.engine

    def draw(self) -> None:
        """Builds it in the Blocks now open."""
        with gr.Column(elem_classes="card", elem_id="hands"):
            gr.HTML("<h2>By hand</h2>", padding=False)
            with gr.Row(elem_classes="by-hand"):
                self.model = gr.Dropdown([], label="Model on this machine", min_width=260, scale=1)
                self.load = gr.Button("Load", variant="primary", elem_id="load", **BUTTON)
                self.unload = gr.Button("Unload", elem_id="unload", **BUTTON)
                self.pin = gr.Button(PIN, elem_id="pin", **BUTTON)
            self.fit = gr.HTML(elem_id="fit", padding=False)
            self.note = gr.HTML(elem_id="note", padding=False)
        seen = gr.State([])
        self.asked, self.told = [self.model, seen], [self.fit, self.pin, seen]

    def wire(self) -> list[Any]:
        """The events after which the machine may look different."""
        going: dict[str, Any] = {"outputs": self.note, "concurrency_limit": None, **QUIET}
        loads = self.load.click(self.do_load, self.model, **going)
        pins = self.pin.click(self.do_pin, [self.model, self.pin], **going)
        # Who unloads what still loads does not want to hear that the load was broken off.
        unloads = self.unload.click(self.do_unload, self.model, cancels=[loads, pins], **going)
        return [loads, pins, unloads]

    def offer(self) -> Any:
        """The models that are here."""
        models = [model.id for model in self.inference.models.list()]
        first = self.inference.models.shown
        return gr.update(
            choices=models, value=first if first in models else next(iter(models), None)
        )

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
            return [outputs.error(str(error)), gr.skip(), now]
        pinned = key_of(call) in self.engine.pins
        told = f'<p class="quiet">{escape(line)}</p>' if line else ""
        return [told, UNPIN if pinned else PIN, now]

    def call(self, name: str | None) -> Call:
        return self.inference.main_call(self.inference.models.find(name or ""))

    # What the buttons do ------------------------------------------------------------------------

    async def do_load(self, name: str | None) -> AsyncGenerator[str, None]:
        yield outputs.status(f"Loading {name}…")
        try:
            await self.engine.load(self.call(name))
            yield outputs.status(f"{name} is loaded.", busy=False)
        except TaglineError as error:
            yield outputs.error(str(error))

    async def do_unload(self, name: str | None) -> AsyncGenerator[str, None]:
        try:
            was_here = await self.engine.unload(self.call(name).model)
            line = f"{name} is unloaded." if was_here else f"{name} was not loaded."
            yield outputs.status(line, busy=False)
        except TaglineError as error:
            yield outputs.error(str(error))

    async def do_pin(self, name: str | None, wish: str) -> AsyncGenerator[str, None]:
        yield outputs.status(f"Loading {name} to stay…" if wish == PIN else f"Unpinning {name}…")
        try:
            await self.engine.pin(self.call(name), wish == PIN)
            line = "stays loaded." if wish == PIN else "may be unloaded again."
            yield outputs.status(f"{name} {line}", busy=False)
        except TaglineError as error:
            yield outputs.error(str(error))
