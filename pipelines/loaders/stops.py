"""Stop words: an answer ends where one appears, wherever its tokens are cut."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipelines.loaders.steps import Options, Step


def hold_back(steps: Iterator[Step], options: Options) -> Iterator[Step]:
    """Ends at a stop word, never showing the part of one that is still being written."""
    pending = ""
    for step in steps:
        pending += step.text
        if found := first_stop(pending, options.stop):
            at, word = found
            text = pending[: at + len(word)] if options.keep_stop else pending[:at]
            yield replace(step, text=text, finish="stop_sequence")
            return
        keep = 0 if step.finish else overlap(pending, options.stop)
        text, pending = pending[: len(pending) - keep], pending[len(pending) - keep :]
        yield replace(step, text=text)


def first_stop(text: str, words: Sequence[str]) -> tuple[int, str] | None:
    found = [(text.index(word), word) for word in words if word in text]
    return min(found) if found else None


def overlap(text: str, words: Sequence[str]) -> int:
    """Length of the longest end of `text` that begins one of `words`."""
    return max((begun(text, word) for word in words), default=0)


def begun(text: str, word: str) -> int:
    """How much of `word`, short of the whole, the end of `text` is."""
    longest = min(len(word) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if text.endswith(word[:n])), 0)
