"""One task of one model as a panel: inputs, parameters, examples, run, result.

Everything is drawn from the task's record. Nothing here knows one task from another.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from components import inputs as widgets
from components import links, outputs
from components.answering import Answering, Shown
from pipelines import samples
from pipelines.slots import Slot

Component = gr.components.Component
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass
class Buttons:
    run: gr.Button
    stop: gr.Button
    link: gr.Button


@dataclass(frozen=True)
class Panel:
    """Draws what `answering` runs; `query` prefills it."""

    answering: Answering
    query: Mapping[str, str]

    @property
    def fields(self) -> tuple[Slot, ...]:
        """Inputs, then parameters: the order of the boxes."""
        return (*self.answering.ins, *self.answering.options)

    @property
    def talks(self) -> bool:
        """Whether a run goes on from what is shown, as in a conversation."""
        return any(slot.kind == "messages" for slot in self.answering.ins)

    def draw(self) -> None:
        """Builds the panel in the Blocks now open."""
        task = self.answering.task
        gr.HTML(
            f'<p class="caption" data-task="{task.tag}">{escape(task.summary)}</p>', padding=False
        )
        with gr.Row(equal_height=False, elem_classes="panel"):
            with gr.Column(min_width=300):
                boxes = [*self.draw_inputs(), *self.draw_options()]
                buttons = self.draw_buttons()
                examples = self.draw_examples()
            with gr.Column(min_width=300):
                right = self.draw_result()
        self.wire(boxes, right, buttons, examples)

    def draw_inputs(self) -> list[Component]:
        return [widgets.of(s).make(s, self.prefill(s, None)) for s in self.answering.ins]

    def draw_options(self) -> list[Component]:
        options = self.answering.options
        if not options:
            return []
        chosen = samples.card_parameters(self.answering.task, self.answering.model)
        opened = any(slot.name in self.query for slot in options)
        with gr.Accordion("Parameters", open=opened), gr.Row(elem_classes="options"):
            return [
                widgets.of(slot).make(slot, self.prefill(slot, chosen.get(slot.name, slot.default)))
                for slot in options
            ]

    def prefill(self, slot: Slot, value: Any) -> Any:
        """The value of a field at first: from the link that was opened, else `value`."""
        if slot.is_file or slot.name not in self.query:
            return widgets.of(slot).show(value)
        return links.read(slot, self.query[slot.name])

    def draw_buttons(self) -> Buttons:
        with gr.Row(elem_classes="actions"):
            return Buttons(
                gr.Button("Run", variant="primary", elem_id="run", min_width=96),
                gr.Button("Stop", elem_id="stop", min_width=72, visible=False),
                gr.Button("Copy link", elem_id="link", min_width=96),
            )

    def draw_examples(self) -> list[tuple[gr.Button, samples.Sample]]:
        offered = samples.of_model(self.answering.task, self.answering.model)
        if not offered:
            return []
        gr.HTML('<p class="caption">Try an example</p>', padding=False)
        with gr.Row(elem_classes="examples"):
            return [(gr.Button(each.title, size="sm", min_width=80), each) for each in offered]

    def draw_result(self) -> list[Component]:
        """Status line, result, raw JSON: the order of `shown`."""
        fit = gr.HTML("", elem_id="fit", padding=False)  # gone as soon as there is a status
        gr.on(None, self.answering.foresee, None, fit, queue=False, **QUIET)
        status = gr.HTML("", elem_id="status", padding=False)
        result = self.answering.view.make()
        with gr.Accordion("JSON", open=False):
            raw = gr.Code(language="json", show_label=False, interactive=False, lines=4)
        return [status, result, raw]

    def wire(
        self,
        boxes: list[Component],
        right: list[Component],
        buttons: Buttons,
        examples: list[tuple[gr.Button, samples.Sample]],
    ) -> None:
        given, after = [*boxes, right[1]], [*right, buttons.run, buttons.stop]
        after += boxes[:1] if self.talks else []
        starts = [buttons.run.click]
        if self.talks:
            starts.append(boxes[0].submit)  # type: ignore[attr-defined]
        going: dict[str, Any] = {"js": self.link_script(), "concurrency_limit": None, **QUIET}
        runs = [gr.on(starts, self.answer, given, after, **going)]
        for button, sample in examples:
            filled = button.click(self.fill(sample), None, boxes, queue=False, **QUIET)
            runs.append(filled.then(self.answer, given, after, **going))
        ended = [right[0], buttons.run, buttons.stop]
        # Two steps: what the run sent last must not come after "Stopped".
        cancel = buttons.stop.click(None, cancels=runs, queue=False, **QUIET)
        cancel.then(stopped, None, ended, **QUIET)
        copy = self.link_script(links.COPY)
        buttons.link.click(None, boxes, None, js=copy, queue=False, **QUIET)

    def link_script(self, action: str = "") -> str:
        """JavaScript that keeps the page's address in step with the boxes."""
        model, task = self.answering.model, self.answering.task
        return links.script({"model": model.id, "task": task.tag}, self.fields, action)

    def fill(self, sample: samples.Sample) -> Any:
        """A handler that puts a sample into the boxes, parameters included."""
        task, model = self.answering.task, self.answering.model
        chosen = {s.name: s.default for s in self.answering.options}
        chosen |= samples.card_parameters(task, model) | sample.parameters | sample.inputs
        values = [widgets.of(slot).show(chosen.get(slot.name)) for slot in self.fields]
        return lambda: values if len(values) > 1 else values[0]

    async def answer(self, *values: Any) -> AsyncGenerator[list[Any], None]:
        """The handler of Run: the boxes' values in, updates of the right side out."""
        *boxes, shown = values
        async with aclosing(self.answering.run(boxes, shown)) as steps:
            async for step in steps:
                yield self.updates(step)

    def updates(self, step: Shown) -> list[Any]:
        run, stop = gr.update(interactive=not step.running), gr.update(visible=step.running)
        made = [step.status, step.result, step.raw, run, stop]
        return [*made, "" if step.sent else gr.skip()] if self.talks else made


def stopped() -> list[Any]:
    line = outputs.status("Stopped.", busy=False)
    return [line, gr.update(interactive=True), gr.update(visible=False)]
