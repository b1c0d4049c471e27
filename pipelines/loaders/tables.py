"""Models that answer a question from the cells of a table (TAPAS), by transformers' pipeline."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput
from pipelines.kinds.shapes import Cell, CellAnswer
from pipelines.notices import cut, tell

if TYPE_CHECKING:
    import pandas as pd

EXACT = 1 << 53  # below it every whole number is a float
MOST_TEXT = 200_000  # characters in all cells together
Table = Mapping[str, Sequence[Cell]]


def frame(table: Table) -> "pd.DataFrame":
    """The table as TAPAS reads it: every cell a text, an empty one ""."""
    import pandas as pd

    cells = {name: [written(cell) for cell in column] for name, column in table.items()}
    return pd.DataFrame(cells, dtype=object)


def written(cell: Cell) -> str:
    """A cell as text, a whole number without a point."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    return str(cell)


def ask(
    pipe: Any, table: Table, queries: Sequence[str], truncate: bool, **given: Any
) -> list[CellAnswer]:
    """One answer per query about one table.

    Raises InvalidInput where the table is longer than the model reads and must not be cut, or is
    too wide for it.
    """
    whole = numbered(pipe, frame(table), truncate)
    check_text(whole)
    cutting = "drop_rows_to_fit" if truncate else "do_not_truncate"
    asked = queries[0] if len(queries) == 1 else list(queries)
    try:
        check_length(pipe, whole, queries, truncate)
        found = pipe(table=whole, query=asked, truncation=cutting, **given)
    except ValueError as error:  # such as a question that leaves no room
        raise InvalidInput(
            f"inputs: the model cannot read this table and question: {error}. Send a smaller "
            "table, or a shorter question."
        ) from error
    except UnboundLocalError as error:  # how the pipeline ends where no cell has a token
        raise InvalidInput("inputs.table: has no cell with a word in it.") from error
    return [answered(each) for each in (found if isinstance(found, list) else [found])]


def numbered(pipe: Any, table: "pd.DataFrame", truncate: bool) -> "pd.DataFrame":
    """As many rows as the model has numbers for, which is told. Raises InvalidInput for more rows
    that must not be cut, and for more columns."""
    rows, columns = numbers(pipe)
    if table.shape[1] > columns:
        raise InvalidInput(
            f"inputs.table: has {table.shape[1]:,} columns, but this model tells at most "
            f"{columns:,} apart. Send fewer columns."
        )
    if len(table) <= rows:
        return table
    if not truncate:
        raise InvalidInput(
            f"inputs.table: has {len(table):,} rows, but this model tells at most {rows:,} apart. "
            "Send fewer rows, or leave out truncation=false."
        )
    tell(cut("inputs.table", rows, "rows"))
    return table.head(rows)


def numbers(pipe: Any) -> tuple[int, int]:
    """How many rows and columns a model tells apart: each number has an embedding, and 0 is that
    of the question. The tokenizer has bounds of its own, often wider."""
    _, columns, rows, *_ = pipe.model.config.type_vocab_sizes
    words = pipe.tokenizer
    return min(rows, words.max_row_id) - 1, min(columns, words.max_column_id) - 1


def check_text(table: "pd.DataFrame") -> None:
    if (size := sum(len(cell) for cell in table.to_numpy().flat)) > MOST_TEXT:
        raise InvalidInput(
            f"inputs.table: its cells have {size:,} characters in all, but at most {MOST_TEXT:,} "
            "are read. Send fewer rows, or less in each."
        )


def check_length(pipe: Any, table: "pd.DataFrame", queries: Sequence[str], truncate: bool) -> None:
    """Says that rows are left out, or refuses."""
    most = pipe.tokenizer.model_max_length
    if longest(pipe, table, queries, "do_not_truncate") <= most:
        return
    if not truncate:
        raise InvalidInput(
            f"inputs.table: is longer than the {most:,} tokens that this model reads. Send fewer "
            "rows, or leave out truncation=false."
        )
    if longest(pipe, table, queries, "drop_rows_to_fit") > most:
        raise InvalidInput(
            f"inputs: the question and the names of the columns alone are longer than the {most:,} "
            "tokens that this model reads. Shorten them."
        )
    tell(f"inputs.table is longer than the {most:,} tokens that this model reads; its last rows "
         "were left out.")  # fmt: skip


def longest(pipe: Any, table: "pd.DataFrame", queries: Sequence[str], cutting: str) -> int:
    """Tokens of the table with the longest question."""
    return max(
        len(pipe.tokenizer(table=table, queries=query, truncation=cutting)["input_ids"])
        for query in queries
    )


def answered(found: Mapping[str, Any]) -> CellAnswer:
    """The pipeline's answer, with the aggregator that it leaves out where a model has none."""
    return {
        "answer": found["answer"],
        "coordinates": [(int(row), int(column)) for row, column in found["coordinates"]],
        "cells": [str(cell) for cell in found["cells"]],
        "aggregator": found.get("aggregator") or "NONE",
    }
