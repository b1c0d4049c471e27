"""How much a model read and wrote for an answer, in its own tokens: what OpenAI's `usage` tells."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice


@dataclass
class Tokens:
    """`rows` has what was read for each input, in their order, where it was counted so. `plain`
    says that torch did some of it, though the model goes by a faster way."""

    read: int = 0
    written: int = 0
    rows: list[int] = field(default_factory=list)
    plain: bool = False


counting: ContextVar[Tokens | None] = ContextVar("counting", default=None)


def count(read: int = 0, written: int = 0) -> None:
    """Adds to the tokens of the answer that is being worked on."""
    if tokens := counting.get():
        tokens.read += read
        tokens.written += written


def count_rows(rows: Iterable[int]) -> None:
    """Adds the tokens that are read for the next inputs, one number for each."""
    if tokens := counting.get():
        known = list(rows)
        tokens.read += sum(known)
        tokens.rows += known


def by_torch() -> None:
    """Notes of the answer that is being worked on that no faster way could do it."""
    if tokens := counting.get():
        tokens.plain = True


@contextmanager
def counted() -> Iterator[Tokens]:
    """All that is counted inside."""
    tokens = Tokens()
    token = counting.set(tokens)
    try:
        yield tokens
    finally:
        counting.reset(token)


@contextmanager
def grouped(sizes: Sequence[int]) -> Iterator[None]:
    """Counts by inputs what is counted by rows inside, where so many rows in turn are of one input:
    a query with all of its texts, say."""
    with counted() as inner:
        yield
    outer = counting.get()
    if outer is None:
        return
    outer.read, outer.written = outer.read + inner.read, outer.written + inner.written
    outer.plain |= inner.plain
    if len(inner.rows) == sum(sizes):
        rows = iter(inner.rows)
        outer.rows += [sum(islice(rows, size)) for size in sizes]
