"""CSV and its cousins: values separated by commas, semicolons, tabs or bars."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipelines.errors import InvalidInput
from runs.sources.row import Row, named

DELIMITERS = ",\t;|"
MOST_FIELD = 20_000_000  # characters: a picture in base64
HEAD = 65_536  # bytes that the delimiter is looked for in
PIECE = 1 << 20
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
         (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


class Delimited:
    """A table whose first line names its columns."""

    def __init__(self, path: Path) -> None:
        self.path, self.encoding = path, encoding(path)
        with self.open() as lines:
            first = lines.readline(HEAD)
        self.delimiter = max(DELIMITERS, key=first.count)
        with self.open() as lines:
            self.columns = named(next(self.cells(lines), []))

    def open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, newline="")

    def rows(self) -> Iterator[Row]:
        with self.open() as lines:
            found = self.cells(lines)
            next(found, None)
            for number, cells in enumerate(found):
                yield self.row(number, cells)

    def cells(self, lines: IO[str]) -> Iterator[list[str] | str]:
        """The cells of each line that is not empty, or what is wrong with it."""
        csv.field_size_limit(MOST_FIELD)  # of the whole process; the library's own is 131 kB
        reader = csv.reader(lines, delimiter=self.delimiter)
        while True:
            try:
                if found := next(reader):
                    yield found
            except csv.Error as error:
                yield f"This line cannot be read: {error}."
            except StopIteration:
                return

    def row(self, number: int, cells: list[str] | str) -> Row:
        if isinstance(cells, str):
            return Row(number, {}, cells)
        given = dict(zip(self.columns, (cell if cell else None for cell in cells), strict=False))
        if len(cells) <= len(self.columns):
            return Row(number, dict.fromkeys(self.columns) | given)
        return Row(
            number,
            given,
            f"This line has {len(cells)} cells, and the first one names {len(self.columns)} "
            "columns. Put a text that holds the separator in double quotes.",
        )

    def count(self) -> int:
        with self.open() as lines:
            return sum(1 for _ in self.cells(lines)) - 1


def encoding(path: Path) -> str:
    """Unicode by its mark, else UTF-8. Raises InvalidInput for anything else."""
    with path.open("rb") as file:
        start = file.read(4)
    found = next((name for mark, name in MARKS if start.startswith(mark)), "utf-8")
    decode = codecs.getincrementaldecoder(found)().decode
    with path.open("rb") as file:
        try:
            for piece in iter(lambda: file.read(PIECE), b""):
                if found != "utf-16" and b"\0" in piece:
                    raise InvalidInput("This is no text, whatever its name says. Send a CSV file.")
                decode(piece)
            decode(b"", True)
        except UnicodeDecodeError as error:
            raise InvalidInput(
                "This text is not in UTF-8. Save it again as UTF-8 (in Excel: CSV UTF-8)."
            ) from error
    return found
