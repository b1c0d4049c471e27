"""What a reader says of each token, decoded to answers."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipelines.errors import InvalidInput
from pipelines.kinds.shapes import Found
from pipelines.loaders.pieces import Place
from pipelines.loaders.reader import Reading

# Letters of scripts that put no space between words
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"
                      r"\U00020000-\U0003ffff]")  # fmt: skip

# Spans that are looked at for each answer, and at least: many stand for the same words, or for
# none at all
SPANS, LEAST = 300, 10_000


def answers(
    found: Reading, text: str, longest: int, count: int, nothing: bool, whole_words: bool
) -> list[Found]:
    """The likeliest `count` answers of at most `longest` tokens, best first; `nothing` lets "" be
    one of them."""
    made: list[Found] = []
    known: set[tuple[int, int]] = set()
    edges = word_edges(text) if whole_words else []
    for score, first, last in likeliest(found, longest, max(SPANS * count, LEAST)):
        if len(made) == count:
            break
        start, end = place_of(found.places, first, last)
        if whole_words and end > start:
            start, end = widened(edges, start, end)
        if end <= start or (start, end) in known:
            continue
        known.add((start, end))
        made.append({"answer": text[start:end], "score": score, "start": start, "end": end})
    if nothing:
        if found.nothing is None:
            raise InvalidInput(
                "parameters.handle_impossible_answer: this model has no token that stands for "
                "'no answer'. Leave it out."
            )
        made.append({"answer": "", "score": found.nothing, "start": 0, "end": 0})
    return sorted(made, key=lambda each: -each["score"])[:count]


def likeliest(found: Reading, longest: int, most: int) -> Iterator[tuple[float, int, int]]:
    """Score, first and last token of the `most` best spans of at most `longest` tokens, best
    first; of equal ones the shortest, then the first."""
    import numpy as np

    count = len(found.starts)
    scores, lengths, firsts = np.zeros(0, np.float32), np.zeros(0, int), np.zeros(0, int)
    for length in range(min(longest, count)):  # tokens beyond the first
        row = found.starts[: count - length] * found.ends[length:]
        # Of equal spans the earlier one stays, so only better ones come into a list that is full.
        new = np.flatnonzero(row > scores[-1]) if len(scores) == most else np.arange(len(row))
        scores = np.concatenate([scores, row[new]])
        best = np.argsort(-scores, kind="stable")[:most]
        scores = scores[best]
        lengths = np.concatenate([lengths, np.full(len(new), length)])[best]
        firsts = np.concatenate([firsts, new])[best]
    for score, length, first in zip(scores, lengths, firsts, strict=True):
        yield float(score), int(first), int(first + length)


def place_of(places: Sequence[Place], first: int, last: int) -> tuple[int, int]:
    """Where tokens stand in the text: from the first known start to the last known end."""
    known = [
        place for place in places[first : last + 1] if place is not None and place[1] > place[0]
    ]
    return (known[0][0], known[-1][1]) if known else (0, 0)


def word_edges(text: str) -> list[int]:
    """Where words, and characters that are of none, begin and end."""
    inner = (at for at, (left, right) in enumerate(pairwise(text), 1) if not joined(left, right))
    return [0, *inner, len(text)]


def widened(edges: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The place grown to the ends of the words at its edges."""
    return edges[bisect_right(edges, start) - 1], edges[bisect_left(edges, end)]


def joined(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word."""
    return wordy(left) and wordy(right)


def wordy(letter: str) -> bool:
    """Whether a letter, digit or mark is of a script that puts spaces between words."""
    return unicodedata.category(letter)[0] in "LNM" and not UNSPACED.match(letter)
