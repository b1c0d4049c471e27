"""One task of one model as a panel: inputs, parameters, examples, run, result.

Everything is drawn from the task's record. Nothing here knows one task from another.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from api import look
from components import files, lines, links, talk, texts
from components import inputs as widgets
from components.answering import Answering, Shown
from components.boxes import Boxes
from components.code import Coding, Served
from components.examples import Examples
from components.onward import Onward, Place
from components.opening import Opened
from components.recording import Recording
from components.talk import Said
from pipelines import samples
from pipelines.samples import Sample

Component = gr.components.Component
Answer = Callable[..., AsyncGenerator[list[Any], None]]
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
SCRIPT = "%s.then((panel) => panel.draw())"
RUN = "() => { document.getElementById('run').click(); }"
READY = "() => ({__type__: 'update', interactive: true})"


@dataclass
class Buttons:
    run: gr.Button
    stop: gr.Button
    link: gr.Button
    reset: gr.Button | None = None


@dataclass(frozen=True)
class Right:
    """What shows the result; the order of `all` is that of the updates of a step."""

    status: gr.HTML
    result: Component
    raw: gr.Code
    kept: gr.HTML

    @property
    def all(self) -> list[Component]:
        return [self.status, self.result, self.raw, self.kept]


@dataclass(frozen=True)
class Panel:
    """Draws what `answering` runs; `query` prefills it, and `given` its files by their paths.

    `place` is where another task can be chosen, if it can.
    """

    answering: Answering
    query: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    name: str = ""  # what the model was asked for by, with its revision if one was
    opened: Opened | None = None  # a run whose result is shown before anything is computed
    served: Served | None = None  # how others reach it: without, no code is shown
    demo: bool = False  # nothing is kept, and no way leads elsewhere

    @property
    def talks(self) -> bool:
        """Whether a run goes on from what is shown, as in a conversation."""
        return talk.talks(self.answering.ins)

    @property
    def boxes(self) -> Boxes:
        return Boxes(self.answering, self.query, self.given)

    # What is drawn ------------------------------------------------------------------------------

    def draw(self) -> None:
        """Builds the panel in the Blocks now open."""
        task = self.answering.task
        summary = escape(texts.here().word(task.summary))
        gr.HTML(f'<p class="caption" data-task="{task.tag}">{summary}</p>', padding=False)
        with gr.Row(equal_height=False, elem_classes="try"):
            with gr.Column(min_width=300):
                boxes, reset = self.boxes.draw()
                buttons = replace(self.draw_buttons(), reset=reset)
                examples = self.draw_examples()
            with gr.Column(min_width=300):
                onward = Onward(self.answering, self.place)
                recording = Recording(self.answering, self.opened, off=self.demo)
                right, further = self.draw_result(onward, recording)
        self.draw_code(boxes, right)
        self.wire(boxes, right, further, buttons, partial(self.answer, onward, recording))
        self.wire_examples(boxes, right, examples)
        onward.wire(boxes)
        recording.wire([right.status, right.result, right.raw])

    def draw_buttons(self) -> Buttons:
        say = texts.here()
        with gr.Row(elem_classes="actions"):
            return Buttons(
                gr.Button(say("panel.run"), variant="primary", elem_id="run", min_width=96),
                gr.Button(say("panel.stop"), elem_id="stop", min_width=72, visible=False),
                gr.Button(
                    say("panel.copy_link"), elem_id="link", min_width=96, visible=not self.demo
                ),
            )

    def draw_examples(self) -> list[tuple[gr.Button, Sample]]:
        offer = samples.offer(self.answering.task, self.answering.model)
        return Examples(offer, known=self.is_known).draw()

    def is_known(self, sample: Sample) -> bool:
        return sample.output is not None and not self.talks

    def draw_result(self, onward: Onward, recording: Recording) -> tuple[Right, list[Component]]:
        """Status line, result, what can be kept, raw JSON; and what lets the result go on."""
        say = texts.here()
        status = gr.HTML("", elem_id="status", padding=False)
        # A conversation comes back with the next message.
        result = files.without_addresses(self.answering.view.make())
        kept = gr.HTML("", elem_id="kept", padding=False)
        further = [*onward.draw(), recording.draw()]
        with gr.Accordion(say("panel.json"), open=False):
            raw = gr.Code(language="json", show_label=False, interactive=False, lines=4, buttons=[])
        gr.HTML("", js_on_load=SCRIPT % look.imported("panel"), padding=False, elem_id="wiring")
        return Right(status, result, raw, kept), further

    def draw_code(self, boxes: list[Component], right: Right) -> None:
        if self.served:
            coding = Coding(self.answering, self.name, self.served)
            coding.draw()
            coding.wire(boxes, right.result)

    # What happens -------------------------------------------------------------------------------

    def wire(
        self,
        boxes: list[Component],
        right: Right,
        further: list[Component],
        buttons: Buttons,
        answer: Answer,
    ) -> None:
        given = [*boxes, right.result]
        after = [*right.all, *further, buttons.run, buttons.stop, *self.told(boxes)]
        starts = [buttons.run.click]
        if self.talks:
            starts.append(boxes[0].submit)  # type: ignore[attr-defined]
        going: dict[str, Any] = {"js": self.link_script(), "concurrency_limit": None, **QUIET}
        runs = [gr.on(starts, answer, given, after, **going)]
        if self.talks:
            runs += self.wire_turns(right, given, after, answer)
        # With a run's last update it would be too early: Gradio drops clicks until its end.
        for each in runs:
            each.then(None, None, buttons.run, js=READY, queue=False, **QUIET)
        # Two steps: what the run sent last must not come after "Stopped".
        cancel = buttons.stop.click(None, cancels=runs, queue=False, **QUIET)
        ended = [right.status, right.result, buttons.run, buttons.stop, *self.told(boxes)]
        cancel.then(self.stopped, right.result, ended, **QUIET)
        copy = self.link_script(links.COPY)
        buttons.link.click(None, boxes, None, js=copy, queue=False, **QUIET)
        if buttons.reset:
            at = len(boxes) - len(self.answering.options)
            buttons.reset.click(self.boxes.reset, None, boxes[at:], queue=False, **QUIET)

    def told(self, boxes: list[Component]) -> list[Component]:
        """The box of a conversation, which is emptied as its message is sent."""
        return boxes[:1] if self.talks else []

    def wire_turns(
        self, right: Right, given: list[Component], after: list[Component], answer: Answer
    ) -> list[Any]:
        """A conversation's own buttons: ask again, change what was asked, begin anew."""
        chat: Any = right.result
        chat.editable = "user"
        going: dict[str, Any] = {"concurrency_limit": None, **QUIET}

        async def retry(data: gr.RetryData, *values: Any) -> AsyncGenerator[list[Any], None]:
            async for step in answer(*values, said=talk.again(values[-1], data.index)):
                yield step

        async def edit(data: gr.EditData, *values: Any) -> AsyncGenerator[list[Any], None]:
            said = talk.edited(values[-1], data.index, data.value)
            async for step in answer(*values, said=said):
                yield step

        others = [right.status, right.raw, right.kept]
        chat.clear(lambda: ["", "", ""], None, others, queue=False, **QUIET)
        return [chat.retry(retry, given, after, **going), chat.edit(edit, given, after, **going)]

    def wire_examples(
        self, boxes: list[Component], right: Right, examples: list[tuple[gr.Button, Sample]]
    ) -> None:
        filled = [*boxes, *right.all]
        for button, sample in examples:
            done = button.click(partial(self.fill, sample), None, filled, queue=False, **QUIET)
            if not self.is_known(sample):
                done.then(None, None, None, js=RUN, queue=False, **QUIET)

    def link_script(self, action: str = "") -> str:
        """JavaScript that keeps the page's address in step with the boxes."""
        model, task = self.answering.model, self.answering.task
        fixed = {"model": self.name or model.id, "task": task.tag}
        if self.demo:
            fixed["demo"] = "1"
        return links.script(fixed, self.answering.fields, action)

    async def fill(self, sample: Sample) -> list[Any]:
        """A sample in the boxes, parameters included, and its result where that is known."""
        chosen = self.boxes.defaults | sample.parameters | sample.inputs
        if self.talks:
            chosen[talk.SYSTEM.name] = talk.system_of(sample.inputs)
        values = [widgets.of(s).show(chosen.get(s.name)) for s in self.answering.fields]
        known = await self.answering.known(sample) if self.is_known(sample) else None
        return [*values, *(right_of(known) if known else [gr.skip()] * len(right_of(Shown())))]

    async def answer(
        self, onward: Onward, recording: Recording, *values: Any, said: Said | None = None
    ) -> AsyncGenerator[list[Any], None]:
        """The handler of Run: the boxes' values in, updates of the right side out."""
        *boxes, shown = values
        async with aclosing(self.answering.run(boxes, shown, said)) as steps:
            async for step in steps:
                record = await recording.update(step, boxes)
                yield self.updates(step, onward, record, boxes)

    def updates(self, step: Shown, onward: Onward, record: Any, boxes: list[Any]) -> list[Any]:
        run = gr.update(interactive=False) if step.running else gr.skip()
        stop = gr.update(visible=step.running)
        further = [*onward.updates(step.sent, step.made), record]
        made = [*right_of(step), *further, run, stop]
        box = "" if step.sent else boxes[0] if step.back else gr.skip()
        return [*made, box] if self.talks else made

    def stopped(self, shown: Any) -> list[Any]:
        """What has come stays; a message that nobody answered goes back into its box."""
        line = lines.status(texts.here()("panel.stopped"), busy=False)
        buttons = [gr.update(interactive=True), gr.update(visible=False)]
        if not self.talks:
            return [line, gr.skip(), *buttons]
        kept, words = talk.unanswered(shown)
        if not words:
            return [line, gr.skip(), *buttons, gr.skip()]
        return [line, kept, *buttons, words]


def right_of(step: Shown) -> list[Any]:
    return [step.status, step.result, step.raw, step.kept]
