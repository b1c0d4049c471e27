"""One run of a diffusers pipeline in a thread of its own, telling each step as it is done."""

import inspect
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.kinds.shapes import Media
from pipelines.loaders.safety import first_line

PREVIEWS = 8  # of one run at most, as far as its steps allow
Preview = Callable[[Any], Media | None]
Chunk = dict[str, Any]


class Cancelled(Exception):
    """Nobody waits for the rest of the run."""


@dataclass(frozen=True)
class Stepped:
    """`step` of `steps` is done; `latents` are what has come of it, where the pipeline tells."""

    step: int
    steps: int
    latents: Any = None


@dataclass(frozen=True)
class Ended:
    output: Any


class Stepping:
    """Calls `pipe` with `arguments`.

    A pipeline tells its steps by `callback_on_step_end`, or by `callback`, or else by its bar of
    progress; one that has none of them runs whole, and cannot be stopped before its end.
    """

    def __init__(self, pipe: Any, arguments: Mapping[str, Any]) -> None:
        self.pipe, self.arguments = pipe, arguments
        self.queue: queue.SimpleQueue[Stepped | Ended | BaseException] = queue.SimpleQueue()
        self.cancelled = threading.Event()

    def steps(self) -> Generator[Stepped, None, Any]:
        """Yields each step and returns the pipeline's output. Closing it stops the pipeline at its
        next step."""
        context = copy_context()  # so that what is told inside is heard
        thread = threading.Thread(target=context.run, args=(self.work,), daemon=True)
        thread.start()
        try:
            while True:
                item = self.queue.get()
                if isinstance(item, BaseException):
                    raise item
                if isinstance(item, Ended):
                    return item.output
                yield item
        finally:
            self.cancelled.set()
            thread.join()

    def work(self) -> None:
        import torch

        try:
            with torch.no_grad():
                self.queue.put(Ended(self.pipe(**self.arguments, **self.hooks())))
        except BaseException as error:  # handed to the reader, which raises it
            self.queue.put(told(error))
        finally:
            self.pipe.__dict__.pop("progress_bar", None)

    def hooks(self) -> dict[str, Any]:
        """What makes the pipeline tell its steps."""
        known = inspect.signature(self.pipe.__call__).parameters
        if "callback_on_step_end" in known:
            return {"callback_on_step_end": self.at_end}
        if "callback" in known and "callback_steps" in known:
            return {"callback": self.at_callback, "callback_steps": 1}
        self.pipe.__dict__["progress_bar"] = self.bar
        return {}

    def at_end(self, pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> Any:
        self.tell(step + 1, self.most(), tensors.get("latents"))
        return tensors

    def at_callback(self, step: int, timestep: Any, latents: Any) -> None:
        order = getattr(getattr(self.pipe, "scheduler", None), "order", 1)
        self.tell(step + 1, -(-self.most() // order), latents)

    def bar(self, iterable: Iterable[Any] | None = None, total: int | None = None) -> Any:
        return Bar(self.tell, iterable, total)

    def most(self) -> int:
        """How many steps there are, strength and order of the scheduler counted in."""
        count = getattr(self.pipe, "_num_timesteps", None)
        if count is None:
            count = len(getattr(getattr(self.pipe, "scheduler", None), "timesteps", ()))
        return int(count)

    def tell(self, step: int, steps: int, latents: Any = None) -> None:
        if self.cancelled.is_set():
            raise Cancelled
        # A copy: the pipeline goes on, and schedulers may change what they are given.
        kept = latents.detach().clone() if hasattr(latents, "detach") else None
        self.queue.put(Stepped(step, max(step, steps), kept))


class Bar:
    """What pipelines take for a bar of tqdm's, both around a loop and beside one."""

    def __init__(
        self, tell: Callable[[int, int], None], iterable: Iterable[Any] | None, total: int | None
    ) -> None:
        self.tell, self.iterable = tell, iterable
        self.total = total if iterable is None else len(iterable)  # type: ignore[arg-type]
        self.done = 0

    def __iter__(self) -> Iterator[Any]:
        assert self.iterable is not None
        for item in self.iterable:
            yield item
            self.update()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def update(self, count: int = 1) -> None:
        self.done += count
        self.tell(self.done, self.total or self.done)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None  # set_postfix and the like


def told(error: BaseException) -> BaseException:
    """What a pipeline says of its arguments is the caller's to read."""
    trace, names = error.__traceback__, []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    if isinstance(error, ValueError | TypeError) and "check_inputs" in names:
        return InvalidInput(f"parameters: the model says: {first_line(error)}")
    if isinstance(error, ValueError) and "set_timesteps" in names:
        return InvalidInput(
            "parameters.num_inference_steps: the scheduler cannot go in so many steps, or not so: "
            f"{first_line(error)}"
        )
    return error


def chunks(
    pipe: Any,
    arguments: Mapping[str, Any],
    finish: Callable[[Any], Any],
    preview: Preview = lambda latents: None,
) -> Iterator[Chunk]:
    """A run as a task streams it: {"step", "steps"}, some with a "preview", the last one with
    "result", which `finish` makes of the pipeline's output."""
    last = Stepped(0, 0)
    running = Stepping(pipe, arguments).steps()
    try:
        while True:
            try:
                last = next(running)
            except StopIteration as end:
                output = end.value
                break
            yield chunk(last, preview)
    finally:
        running.close()
    yield {"step": last.steps, "steps": last.steps, "result": finish(output)}


def chunk(at: Stepped, preview: Preview) -> Chunk:
    shown: Chunk = {"step": at.step, "steps": at.steps}
    due = at.step % max(1, at.steps // PREVIEWS) == 0 and at.step < at.steps
    if at.latents is not None and due and (small := preview(at.latents)):
        shown["preview"] = small
    return shown
