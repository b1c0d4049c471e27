"""How much a model read and wrote for an answer, in its own tokens: what OpenAI's `usage` tells."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


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


def watch(module: Any) -> None:
    """Counts the tokens that reach a module of torch: those that its attention mask lets through,
    cuts and prompts included, padding not."""

    def look(_: Any, given: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        features = given[0] if given and isinstance(given[0], Mapping) else named
        if counting.get() and (mask := features.get("attention_mask")) is not None:
            count(int(mask.sum()))

    module.register_forward_pre_hook(look, with_kwargs=True)
