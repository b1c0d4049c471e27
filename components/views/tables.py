"""Answers that belong to the rows or the cells of a table."""

from collections.abc import Collection, Sequence
from html import escape
from typing import Any

from components import texts
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

MOST_ROWS = 200  # that are drawn
Column = tuple[str, Sequence[Any]]  # its name and its cells
Place = tuple[int, int]  # row and column, counted from 0


def table(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The table that went in, with the predictions before it."""
    name = texts.here()("views.prediction")
    made: list[Column] = [(name, value)]
    if value and isinstance(value[0], dict):
        made = [(name, [each["label"] for each in value])]
        made += [(f"p({n})", [each["probabilities"][n] for each in value]) for n in names(value)]
    new = {(row, column) for row in range(-1, len(value)) for column in range(len(made))}
    return grid([*made, *columns_of(inputs)], new)


def names(value: Any) -> list[str]:
    """The classes, the first row's likeliest first."""
    first = value[0]["probabilities"]
    return sorted(first, key=first.__getitem__, reverse=True)


def cells(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The answer, how it was put together, and the cells that it comes from."""
    how = value.get("aggregator") or "NONE"
    told = texts.here().html("views.how", how=how.lower())
    note = "" if how == "NONE" else f" <small>{told}</small>"
    places = {(row, column) for row, column in value["coordinates"]}
    answer = f'<p class="answer">{escape(value["answer"])}{note}</p>'
    return answer + grid(columns_of(inputs), places)


def columns_of(inputs: Inputs) -> list[Column]:
    """The table among the inputs."""
    return list(next(v for v in inputs.model_dump().values() if isinstance(v, dict)).items())


def grid(columns: Sequence[Column], new: Collection[Place]) -> str:
    """A table whose places in `new` stand out; row -1 is the head. Two columns may have the same
    name: a prediction and one that came in."""
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    head = row([name for name, _ in columns], -1, new, "th")
    body = "".join(row(each, at, new, "td") for at, each in enumerate(rows[:MOST_ROWS]))
    more = len(rows) - MOST_ROWS
    told = texts.here()("views.more_rows", n=f"{more:,}")
    note = f'<p class="empty">{told}</p>' if more > 0 else ""
    made = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    # It scrolls sideways, so that keys must reach it.
    name = texts.here()("views.table")
    return f'<div class="table" tabindex="0" role="region" aria-label="{name}">{made}{note}</div>'


def row(values: Sequence[Any], at: int, new: Collection[Place], tag: str) -> str:
    made = [
        f"<{tag}{' class=new' if (at, i) in new else ''}>{escape(cell_text(value))}</{tag}>"
        for i, value in enumerate(values)
    ]
    return f"<tr>{''.join(made)}</tr>"


def cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
