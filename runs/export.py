"""The results beside the columns of the data set as a file, written a few rows at a time."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from runs.kept import Kept
from runs.ledger import Result
from runs.sources.row import File

ROWS = 500  # written at a time
OURS = ("prediction", "score", "correct", "error", "seconds", "result")


def names(kept: Kept) -> list[str]:
    """The data set's columns, then ours; one of the same name gets a line below."""
    theirs = list(kept.about.columns)
    return [*theirs, *(name + "_" * theirs.count(name) for name in OURS)]


def rows(kept: Kept) -> Iterator[list[Any]]:
    """Every row that has a result, in the order of the data set."""
    columns = kept.about.columns
    source = kept.source.rows()
    for result in kept.ledger.each():
        row = next(each for each in source if each.number == result.number)
        yield [plain(row.cells.get(name)) for name in columns] + ours(result)


def ours(result: Result) -> list[Any]:
    right = None if result.right is None else bool(result.right)
    return [result.predicted, result.score, right, result.error, result.seconds, result.value]


def plain(cell: Any) -> Any:
    """A file by its name, a list or an object as JSON."""
    if isinstance(cell, File):
        return cell.name
    if cell is None or isinstance(cell, str | int | float | bool):
        return cell
    return json.dumps(cell, ensure_ascii=False, default=str)


def pieces(found: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    while piece := list(islice(found, ROWS)):
        yield piece


def as_csv(kept: Kept) -> Iterator[bytes]:
    """In UTF-8 with the mark by which spreadsheets know it."""
    yield "\ufeff".encode()
    yield lines([names(kept)])
    for piece in pieces(rows(kept)):
        yield lines(piece)


def lines(some: Sequence[Sequence[Any]]) -> bytes:
    page = io.StringIO(newline="")
    csv.writer(page).writerows(some)
    return page.getvalue().encode("utf-8", "replace")


def as_parquet(kept: Kept, path: Path) -> None:
    """Our columns have types of their own; those of the data set are texts."""
    import pyarrow
    from pyarrow import parquet

    columns = names(kept)
    types = [*["string"] * (len(columns) - len(OURS)), *(TYPES[name] for name in OURS)]
    schema = pyarrow.schema(
        [(name, getattr(pyarrow, type)()) for name, type in zip(columns, types, strict=True)]
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for piece in pieces(rows(kept)):
            cells = (typed(column, type) for column, type in zip(zip(*piece, strict=True), types,
                                                                strict=True))  # fmt: skip
            writer.write_table(pyarrow.table(list(cells), schema=schema))


TYPES = {
    "prediction": "string",
    "score": "float64",
    "correct": "bool_",
    "error": "string",
    "seconds": "float64",
    "result": "string",
}


def typed(column: Sequence[Any], type: str) -> list[Any]:
    if type != "string":
        return list(column)
    return [cell if cell is None or isinstance(cell, str) else str(cell) for cell in column]
