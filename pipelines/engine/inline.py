"""Models in this process, each with one thread of its own. For ZeroGPU and for tests."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipelines.engine.call import Call, Host, Progress
from pipelines.engine.failures import failure
from pipelines.errors import TaglineError
from pipelines.hardware import Hardware
from pipelines.loaders.safety import reading
from pipelines.model import Model
from pipelines.notices import heard
from pipelines.task import Task
from pipelines.usage import Tokens, counted

LoadCall = Callable[[Task, Model, Hardware], Any]
Work = Callable[[Task, Any, Any, Any], Any]  # task, pipe, inputs, params
Place = tuple[Any, ...]  # what tells one way of loading a model from others
END = object()


def load_by_record(task: Task, model: Model, hardware: Hardware) -> Any:
    """Loads as the task's own record says."""
    import torch
    from transformers.utils import logging as chatter

    torch.set_num_threads(hardware.threads)
    chatter.disable_progress_bar()
    chatter.set_verbosity_error()
    return task.loader(model)(model, hardware)


def place_of(call: Call) -> Place:
    return call.model.id, call.model.revision, call.loader


class Notice(str):
    """A sentence about an answer, on its way between the pieces of it."""


def run(task: Task, pipe: Any, inputs: Any, params: Any) -> tuple[list[Any], list[str], Tokens]:
    """The one call site of whole answers: the values, what was told of them, what was counted."""
    told: list[str] = []
    with heard(told.append), counted() as tokens:
        return list(task.run(pipe, inputs, params)), told, tokens


def stream(task: Task, pipe: Any, inputs: Any, params: Any) -> Any:
    """The one call site of streams; `inputs` is a list of one. Yields chunks and notices."""
    assert task.stream, f"{task.tag} has no stream"
    told: list[str] = []
    with heard(told.append):
        for chunk in task.stream(pipe, inputs[0], params):
            yield from map(Notice, told)
            told.clear()
            yield chunk
        yield from map(Notice, told)


@dataclass
class Inline:
    """Loads in a thread, so that the event loop never waits.

    One load at a time: transformers changes torch itself while it builds a model, so that two at
    once leave one of them without weights. `lend` wraps the call sites, for ZeroGPU.
    """

    load: LoadCall = load_by_record
    lend: Callable[[Any], Any] = lambda work: work
    placed: dict[Place, Any] = field(default_factory=dict, repr=False)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.whole, self.parts = self.lend(run), self.lend(stream)

    @property
    def ready(self) -> bool:
        return True

    def place(self, call: Call, hardware: Hardware) -> None:
        """Loads now what `start` will be asked for, since ZeroGPU wants models on its GPU before
        the page is launched. Blocks, and raises what the load raises."""
        with reading(call.model):
            self.placed[place_of(call)] = self.load_alone(call, hardware)

    async def start(self, call: Call, hardware: Hardware, progress: Progress) -> Host:
        thread = ThreadPoolExecutor(1, thread_name_prefix=call.model.id)
        loop = asyncio.get_running_loop()
        try:
            with reading(call.model):
                pipe = await loop.run_in_executor(thread, self.load_alone, call, hardware)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return InlineHost(pipe, thread, self.whole, self.parts)

    def load_alone(self, call: Call, hardware: Hardware) -> Any:
        if (place := place_of(call)) in self.placed:
            return self.placed[place]
        with self.turn:
            return self.load(call.task, call.model, hardware)

    async def close(self) -> None:
        pass


@dataclass
class InlineHost:
    """One loaded model. It never ends by itself, and nobody knows what it takes."""

    pipe: Any
    thread: ThreadPoolExecutor
    whole: Work
    parts: Work
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    memory: int = 0

    async def run(self, call: Call, threads: int) -> list[Any]:
        given = call.task, self.pipe, call.inputs, call.params
        values: list[Any]
        values, told, tokens = await self.in_thread(call, self.whole, *given)
        call.notices.extend(told)
        call.read.append(tokens.read)
        call.written.append(tokens.written)
        call.rows.extend(tokens.rows)
        return values

    async def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]:
        chunks = self.parts(call.task, self.pipe, call.inputs, call.params)
        try:
            while (chunk := await self.in_thread(call, next, chunks, END)) is not END:
                if isinstance(chunk, Notice):
                    call.notices.append(chunk)
                else:
                    yield chunk
        finally:
            # Closing stops the model at its next token; never leave it running unseen.
            await self.in_thread(call, chunks.close)

    async def in_thread(self, call: Call, do: Callable[..., Any], *what: Any) -> Any:
        """What `do` returns. A caller who is cancelled hears of it when the thread is free."""
        doing = asyncio.get_running_loop().run_in_executor(self.thread, do, *what)
        try:
            await asyncio.wait({doing})
        except asyncio.CancelledError:
            await asyncio.wait({doing})
            raise
        try:
            return doing.result()
        except TaglineError:
            raise
        except Exception as error:
            raise failure(call.model.id, call.task.tag, error) from error

    async def close(self) -> None:
        self.ended.set()
        self.pipe = None
        self.thread.shutdown(wait=False)
