"""One run of a diffusers pipeline, telling each step as it is done."""

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.kinds.shapes import Media
from pipelines.loaders.safety import first_line
from pipelines.loaders.yielding import Tell, yielded

PREVIEWS = 8  # of one run at most, as far as its steps allow
Preview = Callable[[Any], Media | None]
Chunk = dict[str, Any]


@dataclass(frozen=True)
class Stepped:
    """`step` of `steps` is done; `latents` are what has come of it, where the pipeline tells."""

    step: int
    steps: int
    latents: Any = None


class Stepping:
    """Calls `pipe` with `arguments`.

    A pipeline tells its steps by `callback_on_step_end`, or by `callback`, or else by its bar of
    progress; one that has none of them runs whole, and cannot be stopped before its end.
    """

    def __init__(self, pipe: Any, arguments: Mapping[str, Any]) -> None:
        self.pipe, self.arguments = pipe, arguments

    def steps(self) -> Generator[Stepped, None, Any]:
        """Yields each step and returns the pipeline's output. Closing it stops the pipeline at its
        last step."""
        return yielded(self.work)

    def work(self, hand: Tell[Stepped]) -> Any:
        import torch

        self.hand = hand
        try:
            with torch.no_grad():
                return self.pipe(**self.arguments, **self.hooks())
        except (ValueError, TypeError) as error:
            complain(error)
            raise
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
        self.hand(Stepped(step, max(step, steps), latents))


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


def complain(error: ValueError | TypeError) -> None:
    """What a pipeline says of its arguments is the caller's to read. Raises InvalidInput for it."""
    trace, names = error.__traceback__, []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    if "check_inputs" in names:
        raise InvalidInput(f"parameters: the model says: {first_line(error)}") from error
    if isinstance(error, ValueError) and "set_timesteps" in names:
        raise InvalidInput(
            "parameters.num_inference_steps: the scheduler cannot go in so many steps, or not so: "
            f"{first_line(error)}"
        ) from error


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
