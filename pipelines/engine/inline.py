"""Models in this process, each with one thread of its own. For ZeroGPU and for tests."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pipelines.engine.call import Call, Host
from pipelines.errors import ModelFailed, TaglineError, Unavailable
from pipelines.hardware import Hardware
from pipelines.loaders.safety import first_line, reading
from pipelines.model import Model
from pipelines.task import Task

log = logging.getLogger(__name__)
LoadCall = Callable[[Task, Model, Hardware], Any]
END = object()


def load_by_record(task: Task, model: Model, hardware: Hardware) -> Any:
    """Loads as the task's own record says."""
    import torch
    from transformers.utils import logging as chatter

    torch.set_num_threads(hardware.threads)
    chatter.disable_progress_bar()
    chatter.set_verbosity_error()
    return task.loader(model)(model, hardware)


@dataclass(frozen=True)
class Inline:
    """Loads in a thread, so that the event loop never waits.

    One load at a time: transformers changes torch itself while it builds a model, so that two at
    once leave one of them without weights.
    """

    hardware: Hardware
    load: LoadCall = load_by_record
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    async def start(self, call: Call) -> Host:
        thread = ThreadPoolExecutor(1, thread_name_prefix=call.model.id)
        loop = asyncio.get_running_loop()
        try:
            with reading(call.model):
                pipe = await loop.run_in_executor(thread, self.load_alone, call)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return InlineHost(pipe, thread)

    def load_alone(self, call: Call) -> Any:
        with self.turn:
            return self.load(call.task, call.model, self.hardware)


@dataclass
class InlineHost:
    """One loaded model. Its lock keeps two calls from running at once."""

    pipe: Any
    thread: ThreadPoolExecutor
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, call: Call) -> list[Any]:
        async with self.lock:
            return list(await self.in_thread(call, call.task.run, call.inputs))

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        assert call.task.stream, f"{call.task.tag} has no stream"
        async with self.lock:
            chunks = await self.in_thread(call, call.task.stream, call.inputs[0])
            try:
                while (chunk := await self.in_thread(call, next_or_end, chunks)) is not END:
                    yield chunk
            finally:
                # Closing stops the model at its next token; never leave it running unseen.
                await asyncio.shield(self.submit(chunks.close))

    async def in_thread(self, call: Call, do: Callable[..., Any], what: Any) -> Any:
        arguments = (what,) if do is next_or_end else (self.pipe, what, call.params)
        try:
            return await self.submit(do, *arguments)
        except TaglineError:
            raise
        except Exception as error:
            raise failure(call, error) from error

    def submit(self, do: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self.thread, do, *arguments)

    async def close(self) -> None:
        self.pipe = None
        self.thread.shutdown(wait=False)


def next_or_end(chunks: Any) -> Any:
    """`next`, but with END instead of StopIteration, which a future cannot carry."""
    return next(chunks, END)


def failure(call: Call, error: Exception) -> TaglineError:
    """What a library's exception means to the caller; the traceback goes to the log."""
    log.error("%s failed on %s", call.model.id, call.task.tag, exc_info=error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return Unavailable(
            f"{call.model.id} ran out of memory on this input. Send less at a time.", 10
        )
    if "model_kwargs" in str(error):
        # A client that reads this wording drops parameters and calls again, without end.
        return ModelFailed(f"{call.model.id} does not take one of these parameters.")
    return ModelFailed(f"{call.model.id} failed on this input: {first_line(error)}")
