"""A result as a table of plain cells, by the kind of the output: what goes into a spreadsheet."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from components.views.bars import chances, compared
from components.views.tables import columns_of
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

BLOBS = ("blob", "mask", "depth", "legend")  # that say nothing in a cell
Row = dict[str, Any]
Rows = list[Row]


def sheet(value: Any, inputs: Inputs, kind: OutputKind) -> Rows:
    """The rows of a result, each with its columns by name; empty where a table says nothing."""
    return SHEETS[kind.name](value, inputs) if kind.name in SHEETS else []


def written(rows: Rows, delimiter: str) -> str:
    """The rows with a head, as CSV (RFC 4180), or with tabs as a spreadsheet takes them."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe(cell) for name, cell in row.items()} for row in rows)
    return file.getvalue()


def safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV
    injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


def plain(found: Mapping[str, Any], before: str = "") -> Row:
    """The fields of an object, those of objects inside it beside the others."""
    row: Row = {}
    for name, each in found.items():
        if isinstance(each, Mapping):
            row |= plain(each, f"{before}{name}.")
        elif name not in BLOBS:
            row[before + name] = json.dumps(each) if isinstance(each, list) else each
    return row


def records(value: Any, inputs: Inputs) -> Rows:
    return [plain(each) for each in (value if isinstance(value, list) else [value])]


def scores(value: Any, inputs: Inputs) -> Rows:
    return [{"text": t, "score": s} for t, s in zip(compared(inputs), value, strict=True)]


def fills(value: Any, inputs: Inputs) -> Rows:
    """Words for one mask, or for each of several."""
    if not value or isinstance(value[0], dict):
        return records(value, inputs)
    return [{"mask": at} | plain(word) for at, words in enumerate(value, 1) for word in words]


def decisions(value: Any, inputs: Inputs) -> Rows:
    return [
        {"question": name, "answer": answer, "probability": p}
        for name, each in value.items()
        for answer, p in chances(each)
    ]


def table(value: Any, inputs: Inputs) -> Rows:
    """The table that went in, with the predictions before it; a column of the same name as theirs
    gets a mark."""
    given = columns_of(inputs)
    made = [plain(each) if isinstance(each, dict) else {"prediction": each} for each in value]
    return [
        new | {name + "*" * (name in new): column[at] for name, column in given}
        for at, new in enumerate(made)
    ]


def forecast(value: Any, inputs: Inputs) -> Rows:
    columns = value["forecast"]
    return [
        {"step": at} | dict(zip(columns, row, strict=True))
        for at, row in enumerate(zip(*columns.values(), strict=True), 1)
    ]


def segments(value: Any, inputs: Inputs) -> Rows:
    return records(value["segments"], inputs)


def keypoints(value: Any, inputs: Inputs) -> Rows:
    return [
        {"figure": at} | plain(point)
        for at, figure in enumerate(value, 1)
        for point in figure["keypoints"]
    ]


SHEETS: Mapping[str, Callable[[Any, Inputs], Rows]] = {
    **dict.fromkeys(
        ("labels", "ranks", "guesses", "places", "spans", "answers", "cells", "boxes", "masks"),
        records,
    ),
    "matches": records,
    "scores": scores,
    "fills": fills,
    "decisions": decisions,
    "table": table,
    "forecast": forecast,
    "segments": segments,
    "keypoints": keypoints,
}
