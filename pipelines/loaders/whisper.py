"""Whisper at work: one transcription in a thread of its own, whose windows are seen as they end.

Whisper's `generate` moves from window to window by the timestamps it writes, and tells nobody what
it has written before all is done. The method that cuts each window's tokens into phrases is watched
for that; the answer itself is untouched.
"""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.loaders.forbidden import struck


class Stopped(Exception):
    """The reader went away."""


class Windows:
    """`so_far` yields all tokens after each window; then `whole` is the pipeline's own answer."""

    def __init__(self, pipe: Any, sound: Any, given: dict[str, Any]) -> None:
        self.pipe, self.sound, self.given = pipe, sound, given
        self.queue: queue.SimpleQueue[list[int] | BaseException | None] = queue.SimpleQueue()
        self.cancelled = threading.Event()
        self.found: Any = None

    def whole(self) -> Any:
        return self.found

    def so_far(self) -> Generator[list[int]]:
        """Closing the iterator stops the model at its next token."""
        thread = threading.Thread(target=self.work, daemon=True)
        thread.start()
        tokens: list[int] = []
        try:
            while (item := self.queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                tokens += item
                yield tokens
        finally:
            self.cancelled.set()
            thread.join()

    def work(self) -> None:
        try:
            with self.watched():
                self.found = self.pipe(self.sound, **self.stoppable())
        except BaseException as error:  # handed to the reader, which raises it
            self.queue.put(error)
        finally:
            self.queue.put(None)

    def stoppable(self) -> dict[str, Any]:
        generation = {**self.given.get("generate_kwargs", {}), "stopping_criteria": [self.stop]}
        return {**self.given, "generate_kwargs": generation}

    def stop(self, ids: Any, scores: Any, **_: Any) -> Any:
        """A stopping criterion that never says so, but ends all windows of a cancelled run."""
        import torch

        if self.cancelled.is_set():
            raise Stopped
        return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Hands over the tokens of each window inside, and has forbidden tokens struck out."""
        model = self.pipe.model
        original, processors = model._retrieve_segment, model._retrieve_logit_processors

        def retrieve(**asked: Any) -> Any:
            segments, offset = original(**asked)
            self.queue.put([token for each in segments for token in each["tokens"].tolist()])
            return segments, offset

        model._retrieve_segment = retrieve
        model._retrieve_logit_processors = lambda *given, **named: struck(
            processors(*given, **named)
        )
        try:
            yield
        finally:
            del model._retrieve_segment, model._retrieve_logit_processors
