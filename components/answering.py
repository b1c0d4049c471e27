"""What happens between a press of Run and the result: read, load, run, show, step by step.

Every step yields what the panel shows now: the status line, the result and the raw JSON.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from components import callers, computed, exports, lines, outputs, talk, texts
from components.asking import ABSENT, Asking
from components.computed import Took
from components.talk import Said
from pipelines import given, samples
from pipelines.allowance import ANYBODY, Client
from pipelines.engine.call import Call
from pipelines.errors import TaglineError, UnknownModel
from pipelines.inference import with_notices

TICK = 0.25  # seconds between two looks at a load in progress
FRAME = 0.04  # seconds between two pictures of a growing text


@dataclass(frozen=True)
class Ended:
    """How a call came out: its value and the seconds it took, or why there is none."""

    call: Call
    value: Any = None
    seconds: float = 0.0
    device: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Shown:
    """One state of the panel's right side; what is not given stays as it is.

    `running` says whether more will come; `sent` that the inputs were good and are on their way;
    `made` is the path of a picture that came of them, `kept` the row of what can be kept. `back`
    says that what was sent has to go back into its box; `ended` how the call came out.
    """

    status: Any = field(default_factory=gr.skip)
    result: Any = field(default_factory=gr.skip)
    raw: Any = field(default_factory=gr.skip)
    running: bool = True
    sent: bool = False
    made: str | None = None
    kept: Any = field(default_factory=gr.skip)
    back: bool = False
    ended: Ended | None = None


class Clock:
    """Seconds since it was last started."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.start = time.monotonic()

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self.start, 1e-6)


@dataclass(frozen=True)
class Answering(Asking):
    """Runs what the boxes ask for; `client` is the browser's session."""

    client: Client = ANYBODY

    async def run(
        self, values: list[Any], shown: Any, said: Said | None = None
    ) -> AsyncGenerator[Shown, None]:
        """Answers what the boxes hold; `shown` is what the result box holds now. Of a conversation
        `said` is a turn to be answered instead of what stands in the box."""
        callers.follow(LocalContext.request.get())
        call: Call | None = None
        try:
            await self.inference.engine.allowance.admit(self.client)
            request = self.read(values, said or self.saying(values, shown))
            if self.model.source == ABSENT:
                raise UnknownModel(
                    f"{self.model.id} is not on this machine yet. What to do stands above the "
                    "boxes; or choose another model."
                )
            call = Call(self.task, self.model, request.inputs, request.params, self.client)
            asked = self.view.asked(request.inputs[0])
            starting = lines.status(texts.here()("panel.starting"))
            yield Shown(starting, asked, kept="", sent=said is None)
            made: str | None = None
            ended: Ended | None = None
            steps = self.streamed(call) if self.task.streams(self.model) else self.whole(call)
            async with aclosing(steps):
                async for step in steps:
                    made, ended = step.made, step.ended
                    yield step
            # Told twice: of two updates at once the browser may take the last one alone.
            yield Shown(running=False, made=made, ended=ended)
        except TaglineError as error:
            yield self.failed(error, shown, call, back=said is None)

    def failed(self, error: TaglineError, shown: Any, call: Call | None, back: bool) -> Shown:
        """An error. A conversation is again what it was, so that turns keep alternating."""
        told = lines.error(str(error))
        ended = Ended(call, error=str(error)) if call else None
        if call and talk.talks(self.ins):
            return Shown(told, shown or [], running=False, back=back, ended=ended)
        return Shown(told, running=False, ended=ended)

    async def whole(self, call: Call) -> AsyncGenerator[Shown, None]:
        """One answer, with the progress of the load while it is waited for."""
        answer = asyncio.create_task(self.inference.engine.predict(call))
        clock = Clock()
        try:
            async for line in self.progress(call, answer, clock):
                yield Shown(line)
            found = await answer
        finally:
            answer.cancel()
        waited = max(0.0, clock.seconds - found.seconds)
        took = Took(
            found.seconds, found.device, waited, read=found.tokens, backend=found.backend,
            together=found.together,
        )  # fmt: skip
        async with aclosing(self.done(call, found.values[0], took)) as steps:
            async for step in steps:
                yield step

    async def streamed(self, call: Call) -> AsyncGenerator[Shown, None]:
        """The answer as it grows."""
        chunks: list[Any] = []
        async with aclosing(self.inference.engine.stream(call)) as stream:
            first = asyncio.ensure_future(anext(stream))
            clock, waited = Clock(), 0.0
            try:
                async for line in self.progress(call, first, clock):
                    yield Shown(line)
                if self.kind.unit:
                    waited = clock.seconds
                    clock.restart()  # a pace is counted from the first one on
                drawn = time.monotonic()
                chunks.append(await first)
            finally:
                first.cancel()
                await asyncio.wait({first})  # a stream that still runs cannot be closed
            async for chunk in stream:
                chunks.append(chunk)
                if time.monotonic() - drawn > FRAME:
                    drawn = time.monotonic()
                    growing = self.view.grow(chunks, call.inputs[0], self.kind)
                    yield Shown(self.pace(chunks, clock.seconds), growing)
        took = replace(
            self.took(chunks, clock.seconds),
            waited=waited,
            read=sum(call.read),
            backend="".join(call.backends),
        )
        async with aclosing(self.done(call, self.kind.join(chunks), took)) as steps:
            async for step in steps:
                yield step

    async def done(self, call: Call, value: Any, took: Took) -> AsyncGenerator[Shown, None]:
        """The whole answer, what is to be known of it, and the JSON that the API sends; then what
        can be kept of it. A large picture takes a while to draw, so that is done beside."""
        told = computed.line(took, self.model) + lines.notices(call.notices)
        sent = with_notices(self.task.wire([value]), call.notices)
        made = self.view.again(value) if self.view.again else None
        ended = Ended(call, value, took.seconds, took.device)
        drawn = await self.drawn(value, sent, call.inputs[0])
        yield replace(drawn, status=told, made=made, ended=ended)
        kept = await self.exported(value, sent, call.inputs[0])
        yield Shown(kept=kept, made=made, ended=ended)

    async def drawn(self, value: Any, sent: Any, inputs: Any) -> Shown:
        """A result and its JSON for the page."""
        result = await asyncio.to_thread(self.view.show, value, inputs, self.kind)
        return Shown(result=result, raw=await asyncio.to_thread(outputs.raw, sent))

    async def exported(self, value: Any, sent: Any, inputs: Any) -> str:
        name, say = exports.named(self.task.tag, self.model.id), texts.here()
        return await asyncio.to_thread(exports.row, value, sent, inputs, self.kind, name, say)

    async def known(self, sample: samples.Sample) -> Shown | None:
        """What the author of the model's card says that comes of an example, without a call."""
        value = await asyncio.to_thread(given.result, self.task, self.model, sample)
        if value is None or talk.talks(self.ins):
            return None
        sent, inputs = self.task.wire([value]), samples.validated(self.task, sample)
        line = lines.status(texts.here()("panel.given"), busy=False)
        kept = await self.exported(value, sent, inputs)
        return replace(await self.drawn(value, sent, inputs), status=line, kept=kept, running=False)

    async def progress(
        self, call: Call, done: "asyncio.Future[Any]", clock: "Clock"
    ) -> AsyncGenerator[str, None]:
        """Lines about the load, then the run, until `done`; `clock` starts with the run."""
        while not done.done():
            await asyncio.wait({done}, timeout=TICK)
            now = self.inference.engine.status(call.model)
            if now.state == "loading":
                clock.restart()
                yield lines.loading(now)
            elif not done.done():
                yield lines.running(clock.seconds)

    def pace(self, chunks: list[Any], seconds: float) -> str:
        """A line about a stream that goes on: its steps, or its speed."""
        if self.kind.progress:
            return lines.steps(*self.kind.progress(chunks[-1]), seconds)
        return computed.line(self.took(chunks, seconds), self.model, growing=True)

    def took(self, chunks: list[Any], seconds: float) -> Took:
        device = self.inference.engine.hardware.device
        return Took(seconds, device, count=len(chunks), unit=self.kind.unit)
