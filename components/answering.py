"""What happens between a press of Run and the result: read, load, run, show, step by step.

Every step yields what the panel shows now: the status line, the result and the raw JSON.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from html import escape
from typing import Any

import gradio as gr

from components import fitting, outputs
from components import inputs as widgets
from pipelines import samples
from pipelines.engine.call import Call
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.kinds import OutputKind, output_kind
from pipelines.model import Model
from pipelines.slots import Slot, slots
from pipelines.task import Request, Task

TICK = 0.25  # seconds between two looks at a load in progress
FRAME = 0.04  # seconds between two pictures of a growing text


@dataclass(frozen=True)
class Shown:
    """One state of the panel's right side; what is not given stays as it is.

    `running` says whether more will come; `sent` that the inputs were good and are on their way.
    """

    status: Any = field(default_factory=gr.skip)
    result: Any = field(default_factory=gr.skip)
    raw: Any = field(default_factory=gr.skip)
    running: bool = True
    sent: bool = False


@dataclass(frozen=True)
class Answering:
    """Runs one task of one model for a panel; `client` is the browser's session."""

    inference: Inference
    model: Model
    task: Task
    client: str = ""

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

    async def foresee(self) -> str:
        """A line about what the first run will take."""
        call = Call(self.task, self.model, [], None)
        line = await fitting.sentence(self.inference, call)
        return f"<p>{escape(line)}</p>" if line else ""

    async def run(self, values: list[Any], shown: Any) -> AsyncGenerator[Shown, None]:
        """Answers what the boxes hold; `shown` is what the result box holds now."""
        try:
            request = self.read(values, shown)
            call = Call(self.task, self.model, request.inputs, request.params, self.client)
            asked = self.view.asked(request.inputs[0])
            yield Shown(outputs.status("Starting…"), asked, sent=True)
            steps = self.streamed(call) if self.task.stream else self.whole(call)
            async with aclosing(steps):
                async for step in steps:
                    yield step
            yield Shown(running=False)
        except TaglineError as error:
            yield Shown(outputs.error(str(error)), running=False)

    def read(self, values: list[Any], shown: Any) -> Request:
        """The boxes' values as a request, by the same validation as an HTTP body."""
        pairs = zip((*self.ins, *self.options), values, strict=True)
        got = {slot.name: widgets.of(slot).read(value) for slot, value in pairs}
        inputs = {slot.name: got[slot.name] for slot in self.ins if got[slot.name] is not None}
        for slot in self.ins:
            if slot.kind == "messages":
                inputs[slot.name] = [*outputs.past(shown), user(got[slot.name])]
        row = self.task.validate(self.task.inputs, inputs, "inputs", self.inference.limits)
        return Request([row], self.read_params(got))

    def read_params(self, got: Mapping[str, Any]) -> Any:
        chosen = {s.name: got[s.name] for s in self.options if got[s.name] != s.default}
        defaults = samples.card_parameters(self.task, self.model)
        return self.task.read_params(chosen, self.inference.limits, defaults)

    async def whole(self, call: Call) -> AsyncGenerator[Shown, None]:
        """One answer, with the progress of the load while it is waited for."""
        answer = asyncio.create_task(self.inference.engine.predict(call))
        try:
            async for line in self.progress(call, answer):
                yield Shown(line)
            found = await answer
        finally:
            answer.cancel()
        value = found.values[0]
        line = f"Computed in <b>{duration(found.seconds)}</b> on {found.device.upper()}"
        yield Shown(self.line(line), self.show(value, call), outputs.raw(value))

    async def streamed(self, call: Call) -> AsyncGenerator[Shown, None]:
        """The answer as it grows."""
        chunks: list[Any] = []
        async with aclosing(self.inference.engine.stream(call)) as stream:
            first = asyncio.ensure_future(anext(stream))
            try:
                async for line in self.progress(call, first):
                    yield Shown(line)
                start = drawn = time.monotonic()
                chunks.append(await first)
            finally:
                first.cancel()
            async for chunk in stream:
                chunks.append(chunk)
                if time.monotonic() - drawn > FRAME:
                    drawn = time.monotonic()
                    written = "".join(map(self.kind.delta, chunks))
                    growing = self.view.grow(written, call.inputs[0])
                    yield Shown(self.speed(len(chunks), start), growing)
        value = self.kind.join(chunks)
        line = self.speed(len(chunks), start)
        yield Shown(line, self.show(value, call), outputs.raw(value))

    async def progress(self, call: Call, done: "asyncio.Future[Any]") -> AsyncGenerator[str, None]:
        """Lines about the load, then the run, until `done`."""
        while not done.done():
            await asyncio.wait({done}, timeout=TICK)
            now = self.inference.engine.status(call.model)
            if now.state == "loading":
                yield outputs.loading(now)
            elif not done.done():
                yield outputs.status("Running…")

    def show(self, value: Any, call: Call) -> Any:
        return self.view.show(value, call.inputs[0], self.kind)

    def speed(self, tokens: int, start: float) -> str:
        seconds = max(time.monotonic() - start, 1e-6)
        device = self.inference.engine.hardware.device.upper()
        return self.line(
            f"<b>{tokens}</b> tokens in <b>{duration(seconds)}</b>, "
            f"{tokens / seconds:.1f} tokens/s on {device}"
        )

    def line(self, text: str) -> str:
        """`text`, then which files of the model answered."""
        return f"<p>{text} · {escape(self.model.id)} · {escape(self.model.revision[:12])}</p>"


def duration(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"


def user(text: Any) -> dict[str, str]:
    return {"role": "user", "content": str(text or "")}
