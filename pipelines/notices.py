"""What a caller should know of an answer though nothing failed, such as that his text was cut."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pipelines.errors import NotTogether

Hear = Callable[[str], None]
hearer: ContextVar[Hear | None] = ContextVar("hearer", default=None)


def tell(sentence: str) -> None:
    """Says `sentence` to whoever gets the answer that is being worked on."""
    if hear := hearer.get():
        hear(sentence)


@contextmanager
def heard(hear: Hear) -> Iterator[None]:
    """Gives every new sentence that is told inside to `hear`, each once."""
    known: set[str] = set()

    def once(sentence: str) -> None:
        if sentence not in known:
            known.add(sentence)
            hear(sentence)

    token = hearer.set(once)
    try:
        yield
    finally:
        hearer.reset(token)


def apart(sentence: str) -> None:
    """Hears for several callers at once, where nobody knows whom the sentence is for.

    Raises NotTogether.
    """
    raise NotTogether(sentence)


def cut(what: str, most: int, unit: str = "tokens") -> str:
    """The sentence about an input that is longer than a model reads."""
    return (
        f"{what} is longer than the {most:,} {unit} that this model reads; the rest was left out."
    )
