"""One task of one model as a panel: inputs, parameters, examples, run, result.

Everything is drawn from the task's record. Nothing here knows one task from another.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from components import inputs as widgets
from components import outputs
from pipelines import samples
from pipelines.engine.call import Answer, Call
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.kinds import OutputKind, output_kind
from pipelines.model import Model
from pipelines.task import Request, Slot, Task, slots

Component = gr.components.Component
TICK = 0.25  # seconds between two looks at a load in progress
LINK = """(...values) => {
  const names = NAMES, link = new URL(window.location.origin + window.location.pathname);
  link.search = new URLSearchParams(FIXED);
  values.forEach((value, i) => {
    if (names[i] && value !== null && value !== undefined && value !== "" && value !== DEFAULTS[i])
      link.searchParams.set(names[i], value);
  });
  window.history.replaceState(null, "", link);
  ACTION
}"""
COPY_LINK = "navigator.clipboard && navigator.clipboard.writeText(link.href);"


@dataclass(frozen=True)
class Panel:
    """What a panel works on; `query` prefills it."""

    inference: Inference
    model: Model
    task: Task
    query: Mapping[str, str]

    @property
    def kind(self) -> OutputKind:
        return output_kind(self.task.output)

    @property
    def view(self) -> outputs.View:
        return outputs.VIEWS[self.kind.name]

    @property
    def ins(self) -> tuple[Slot, ...]:
        return slots(self.task.inputs)

    @property
    def options(self) -> tuple[Slot, ...]:
        """Parameters with something to choose."""
        return tuple(slot for slot in slots(self.task.params) if not slot.fixed)

    def draw(self) -> None:
        """Builds the panel in the Blocks now open."""
        with gr.Row(equal_height=False, elem_classes="panel"):
            with gr.Column(min_width=300):
                boxes = [self.box(slot) for slot in self.ins]
                options = self.draw_options()
                run, stop, link = self.draw_buttons()
                examples = self.draw_examples()
            with gr.Column(min_width=300):
                result = self.view.make()
                compute = gr.HTML("", elem_id="compute", elem_classes="compute", padding=False)
                with gr.Accordion("JSON", open=False):
                    raw = gr.Code(language="json", show_label=False, interactive=False, lines=4)
        self.wire(boxes + options, [result, compute, raw], run, stop, link, examples)

    def box(self, slot: Slot) -> Component:
        widget = widgets.of(slot)
        return widget.make(slot, self.prefill(slot, None))

    def draw_options(self) -> list[Component]:
        if not self.options:
            return []
        chosen = samples.card_parameters(self.task, self.model)
        with gr.Accordion("Parameters", open=any(s.name in self.query for s in self.options)):
            return [
                widgets.of(slot).make(slot, self.prefill(slot, chosen.get(slot.name, slot.default)))
                for slot in self.options
            ]

    def prefill(self, slot: Slot, value: Any) -> Any:
        """The value of a field at first: from the link that was opened, else `value`."""
        if slot.is_file or slot.name not in self.query:
            return widgets.of(slot).show(value)
        return cast(slot, self.query[slot.name])

    def draw_buttons(self) -> tuple[gr.Button, gr.Button, gr.Button]:
        with gr.Row(elem_classes="actions"):
            run = gr.Button("Run", variant="primary", elem_id="run", min_width=96)
            stop = gr.Button("Stop", elem_id="stop", min_width=72, visible=False)
            link = gr.Button("Copy link", elem_id="link", min_width=96)
        return run, stop, link

    def draw_examples(self) -> list[tuple[gr.Button, samples.Sample]]:
        offered = samples.of_model(self.task, self.model)
        if not offered:
            return []
        with gr.Row(elem_classes="examples"):
            gr.HTML('<span class="caption">Examples</span>', padding=False, min_width=0, scale=0)
            return [(gr.Button(each.title, size="sm", min_width=80), each) for each in offered]

    def wire(
        self,
        boxes: list[Component],
        shown: list[Component],
        run: gr.Button,
        stop: gr.Button,
        link: gr.Button,
        examples: list[tuple[gr.Button, samples.Sample]],
    ) -> None:
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        talks = self.kind.name == "message"
        # A conversation goes on from what is shown, and its box empties when a turn begins.
        given = [*boxes, shown[0]] if talks else boxes
        after = [*shown, run, stop, *(boxes[:1] if talks else [])]
        starts = [run.click, *(b.submit for b in boxes[:1] if hasattr(b, "submit") and talks)]
        going = gr.on(starts, self.answer, given, after, concurrency_limit=None, **quiet)
        for button, sample in examples:
            fill = button.click(self.fill(sample), None, boxes, queue=False, **quiet)
            going_too = fill.then(self.answer, given, after, concurrency_limit=None, **quiet)
            self.wire_stop(stop, going_too, run)
        self.wire_stop(stop, going, run)
        shared = [box for box, slot in self.linked(boxes)]
        gr.on([run.click], None, shared, None, js=self.link_script(""), queue=False, **quiet)
        link.click(None, shared, None, js=self.link_script(COPY_LINK), queue=False, **quiet)
        link.click(lambda: gr.Info("Link copied.", duration=2), queue=False, **quiet)

    def wire_stop(self, stop: gr.Button, going: Any, run: gr.Button) -> None:
        stop.click(
            lambda: (gr.update(interactive=True), gr.update(visible=False)),
            None,
            [run, stop],
            cancels=going,
            queue=False,
            api_visibility="private",
            show_progress="hidden",
        )

    def linked(self, boxes: list[Component]) -> list[tuple[Component, Slot]]:
        """The fields that fit in a link: files do not."""
        pairs = zip(boxes, (*self.ins, *self.options), strict=True)
        return [(box, slot) for box, slot in pairs if not slot.is_file and slot.kind != "table"]

    def link_script(self, action: str) -> str:
        """JavaScript that puts model, task and inputs into the address, then does `action`."""
        boxes: list[Any] = [None] * (len(self.ins) + len(self.options))
        named = [slot for _, slot in self.linked(boxes)]
        shown = [widgets.of(slot).show(slot.default) for slot in named]
        fixed = {"model": self.model.id, "task": self.task.tag}
        script = LINK.replace("NAMES", json.dumps([slot.name for slot in named]))
        script = script.replace("FIXED", json.dumps(fixed)).replace("ACTION", action)
        return script.replace("DEFAULTS", json.dumps(shown))

    def fill(self, sample: samples.Sample) -> Any:
        """A handler that puts a sample into the boxes, and its parameters beside them."""
        chosen = samples.card_parameters(self.task, self.model) | sample.parameters

        def values() -> Any:
            ins = [widgets.of(s).show(sample.inputs.get(s.name)) for s in self.ins]
            options = [widgets.of(s).show(chosen.get(s.name, s.default)) for s in self.options]
            return [*ins, *options] if len(ins) + len(options) > 1 else ins[0]

        return values

    # Running -----------------------------------------------------------------------------------

    async def answer(self, *values: Any) -> AsyncGenerator[list[Any], None]:
        """Runs what the boxes hold; yields the result box, the compute line and the raw JSON."""
        talks = self.kind.name == "message"
        try:
            request = self.read(values)
        except TaglineError as error:
            yield self.failed(str(error), talks)
            return
        yield self.updates(
            self.waiting(request), status("Starting…"), gr.skip(), running=True, emptied=talks
        )
        try:
            call = Call(self.task, self.model, request.inputs, request.params)
            steps = self.streamed(call) if self.task.stream else self.whole(call)
            async with aclosing(steps):
                async for result, line, raw in steps:
                    yield self.updates(result, line, raw, running=True)
            yield self.updates(gr.skip(), gr.skip(), gr.skip(), running=False)
        except TaglineError as error:
            yield self.failed(str(error), False)

    def read(self, values: tuple[Any, ...]) -> Request:
        """The boxes' values as a request, by the same validation as an HTTP body."""
        pairs = list(zip((*self.ins, *self.options), values, strict=False))
        got = {slot.name: widgets.of(slot).read(value) for slot, value in pairs}
        inputs = {s.name: got[s.name] for s in self.ins if got[s.name] is not None}
        for slot in self.ins:
            if slot.kind == "messages" and slot.name in inputs:
                inputs[slot.name] = [*past(values[-1]), user(inputs[slot.name])]
        params = {s.name: got[s.name] for s in self.options if got[s.name] != s.default}
        limits = self.inference.limits
        row = self.task.validate(self.task.inputs, inputs, "inputs", limits)
        defaults = samples.card_parameters(self.task, self.model)
        return Request([row], self.task.read_params(params, limits, defaults))

    def waiting(self, request: Request) -> Any:
        """What the result box shows until there is a result."""
        if self.kind.name == "message":
            turns = request.inputs[0].model_dump()
            return [
                {"role": turn["role"], "content": turn["content"]}
                for turns_ in turns.values()
                for turn in turns_
            ]
        return gr.skip()

    async def whole(self, call: Call) -> AsyncGenerator[tuple[Any, Any, Any], None]:
        """One answer, with the progress of the load while it is waited for."""
        answer = asyncio.create_task(self.inference.engine.predict(call))
        try:
            async for line in self.progress(call, answer):
                yield gr.skip(), line, gr.skip()
            found: Answer = await answer
        finally:
            answer.cancel()
        value = found.values[0]
        shown = self.view.show(value, call.inputs[0], self.kind)
        yield shown, self.compute_line(found.seconds, found.device), outputs.raw(value)

    async def streamed(self, call: Call) -> AsyncGenerator[tuple[Any, Any, Any], None]:
        """The answer as it grows, about thirty times a second at most."""
        chunks: list[Any] = []
        start = shown_at = time.monotonic()
        async with aclosing(self.inference.engine.stream(call)) as stream:
            first: asyncio.Task[Any] = asyncio.ensure_future(anext(stream))
            async for line in self.progress(call, first):
                yield gr.skip(), line, gr.skip()
            start = time.monotonic()
            chunks.append(await first)
            async for chunk in stream:
                chunks.append(chunk)
                if time.monotonic() - shown_at > 0.03:
                    shown_at = time.monotonic()
                    yield self.partial(chunks, call), self.speed(chunks, start), gr.skip()
        value = self.kind.join(chunks)
        shown = self.view.show(value, call.inputs[0], self.kind)
        yield shown, self.speed(chunks, start), outputs.raw(value)

    def partial(self, chunks: list[Any], call: Call) -> Any:
        written = "".join(map(self.kind.delta, chunks))
        if self.kind.name != "message":
            return written
        turns = self.waiting(Request(call.inputs, call.params))
        return [*turns, {"role": "assistant", "content": written}]

    async def progress(self, call: Call, done: "asyncio.Future[Any]") -> AsyncGenerator[str, None]:
        """Lines about the load until `done`."""
        while not done.done():
            await asyncio.wait({done}, timeout=TICK)
            now = self.inference.engine.status(call.model)
            if not done.done():
                yield (
                    loading(now.seconds, now.expected)
                    if now.state == "loading"
                    else status("Running…")
                )

    def compute_line(self, seconds: float, device: str) -> str:
        time_text = f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"
        return (
            f"<p>Computed in <b>{time_text}</b> on {escape(device.upper())} · "
            f"{escape(self.model.id)} · {escape(self.model.revision[:12])}</p>"
        )

    def speed(self, chunks: list[Any], start: float) -> str:
        seconds = max(time.monotonic() - start, 1e-6)
        device = self.inference.engine.hardware.device.upper()
        return (
            f"<p><b>{len(chunks)}</b> tokens in <b>{seconds:.1f} s</b>, "
            f"{len(chunks) / seconds:.1f} tokens/s on {escape(device)} · "
            f"{escape(self.model.id)} · {escape(self.model.revision[:12])}</p>"
        )

    # What the outputs become -------------------------------------------------------------------

    def updates(
        self, result: Any, line: Any, raw: Any, running: bool, emptied: bool = False
    ) -> list[Any]:
        made = [
            result,
            line,
            raw,
            gr.update(interactive=not running),
            gr.update(visible=running),
        ]
        if self.kind.name == "message":
            made.append("" if emptied else gr.skip())
        return made

    def failed(self, text: str, keep: bool) -> list[Any]:
        return self.updates(gr.skip(), outputs.error(text), gr.skip(), running=False)


def cast(slot: Slot, value: str) -> Any:
    """A text from the address as the value of a widget."""
    if slot.kind == "number":
        try:
            return float(value) if not slot.whole else int(value)
        except ValueError:
            return slot.default
    if slot.kind == "flag":
        return value.lower() in ("1", "true", "yes")
    return value


def past(shown: Any) -> list[dict[str, str]]:
    """The turns that a Chatbot shows, as messages."""
    return [{"role": turn["role"], "content": plain(turn["content"])} for turn in shown or []]


def plain(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def user(text: Any) -> dict[str, str]:
    return {"role": "user", "content": str(text)}


def status(text: str) -> str:
    return f'<p class="busy" role="status">{escape(text)}</p>'


def loading(seconds: float, expected: float | None) -> str:
    """A line with a bar that knows the last load's time, if there was one."""
    text = f"Loading the model… {seconds:.1f} s"
    if not expected:
        return status(text)
    share = min(96, 100 * seconds / expected)
    return (
        f'<p class="busy" role="status">{text} of about {expected:.1f} s</p>'
        f'<div class="load"><span style="width:{share:.0f}%"></span></div>'
    )
