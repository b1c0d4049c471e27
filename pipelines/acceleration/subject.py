"""What a model must be able to do to go on by a faster way, whatever that is."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

Failed = Callable[[Exception], None]
Run = Callable[[], None]


class Way(Protocol):
    """A faster way of one model, once it is `put` in the place of torch."""

    def put(self) -> None: ...

    def take_out(self) -> None: ...


class Subject(Protocol):
    """A loaded model, seen as what can be made faster. `names` are the ways that there are."""

    @property
    def names(self) -> Sequence[str]: ...

    def convert(self, run: Run, place: Path) -> None:
        """Writes what the ways need below `place`. `run` asks the model what it is to prove, once;
        it must be called. Raises whatever cannot be converted fails with."""

    def keep(self, place: Path, name: str | None) -> None:
        """Removes of what `convert` and the ways wrote all that the one of this name can do
        without; None for all of it."""

    def way(self, place: Path, name: str, threads: int, failed: Failed) -> Way:
        """The way of that name, of what `convert` wrote. `failed` is told when it gives up."""


def empty(place: Path, names: Sequence[str]) -> None:
    """Removes what has been compiled for each of these ways."""
    for name in names:
        shutil.rmtree(place / name, ignore_errors=True)
