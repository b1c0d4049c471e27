"""Whisper at work: one transcription, whose windows are seen as they end.

Whisper's `generate` moves from window to window by the timestamps it writes, and tells nobody what
it has written before all is done. The method that cuts each window's tokens into phrases is watched
for that; the answer itself is untouched.
"""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

from pipelines.loaders.forbidden import struck
from pipelines.loaders.yielding import Tell, yielded


class Windows:
    """`so_far` yields all tokens after each window; then `whole` is the pipeline's own answer."""

    def __init__(self, pipe: Any, sound: Any, given: dict[str, Any]) -> None:
        self.pipe, self.sound, self.given = pipe, sound, given
        self.found: Any = None

    def whole(self) -> Any:
        return self.found

    def so_far(self) -> Generator[list[int]]:
        """Closing the iterator stops the model where it is."""
        tokens: list[int] = []
        with closing(yielded(self.work)) as windows:
            for window in windows:
                tokens += window
                yield tokens

    def work(self, hand: Tell[list[int]]) -> None:
        with self.watched(hand):
            self.found = self.pipe(self.sound, **self.given)

    @contextmanager
    def watched(self, hand: Tell[list[int]]) -> Iterator[None]:
        """Hands over the tokens of each window inside, and has forbidden tokens struck out."""
        model = self.pipe.model
        original, processors = model._retrieve_segment, model._retrieve_logit_processors

        def retrieve(**asked: Any) -> Any:
            segments, offset = original(**asked)
            hand([token for each in segments for token in each["tokens"].tolist()])
            return segments, offset

        model._retrieve_segment = retrieve
        model._retrieve_logit_processors = lambda *given, **named: struck(
            processors(*given, **named)
        )
        try:
            yield
        finally:
            del model._retrieve_segment, model._retrieve_logit_processors
