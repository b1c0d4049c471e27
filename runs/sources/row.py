"""A row of a data set, and what every kind of file gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipelines.errors import InvalidInput

MOST_COLUMNS = 1_000
MOST_ROWS = 1_000_000
KINDS = {
    "image": ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"),
    "audio": ("wav", "flac", "mp3", "ogg", "opus", "m4a", "aac"),
    "video": ("mp4", "mov", "mkv", "webm"),
}


@dataclass(frozen=True)
class File:
    """A picture, a recording or a video in a cell; `read` gives its bytes, or raises
    InvalidInput."""

    name: str
    read: Callable[[], bytes]

    @property
    def kind(self) -> str | None:
        """image, audio or video, by its name."""
        return kind_of(self.name)


def kind_of(name: str) -> str | None:
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind, endings in KINDS.items() if ending in endings), None)


@dataclass(frozen=True)
class Row:
    """Cells by column. `number` counts from 0; `error` says why the row cannot be read."""

    number: int
    cells: dict[str, Any]
    error: str | None = None


class Source(Protocol):
    """A file of rows. Opening it raises InvalidInput for one that is none."""

    columns: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """All rows, from the first one, in the same order each time."""

    def count(self) -> int: ...


def named(header: Sequence[Any]) -> tuple[str, ...]:
    """Names of columns, each one of its own. Raises InvalidInput for none, or too many."""
    if len(header) > MOST_COLUMNS:
        raise InvalidInput(
            f"This file has {len(header):,} columns, and at most {MOST_COLUMNS:,} go. Leave out "
            "those that are not needed."
        )
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        name = str(cell if cell is not None else "").strip() or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    if not names:
        raise InvalidInput("This file is empty. Its first line should name the columns.")
    return tuple(names)


def columns_of(rows: Iterator[Row], look: int = 100) -> tuple[str, ...]:
    """The columns that the first rows have together."""
    found: dict[str, None] = {}
    for row in rows:
        found |= dict.fromkeys(row.cells)
        if row.number + 1 >= look:
            break
    return named(list(found))
