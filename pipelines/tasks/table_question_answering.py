"""Find the answer to a question in a table."""

from itertools import groupby
from typing import Literal

from pydantic import Field

from pipelines.kinds.inputs import Line, Table
from pipelines.kinds.outputs import Cells
from pipelines.loaders import tables
from pipelines.loaders.transformers import Pipeline
from pipelines.reading import Body
from pipelines.task import Inputs, Params, Task


class QueryAndTable(Inputs):
    query: Line = Field(
        description="What you want to know",
        examples=["How many stars does the transformers repository have?"],
    )
    table: Table = Field(
        description="Columns by name, one list of values each",
        examples=[
            {
                "Repository": ["Transformers", "Datasets", "Tokenizers"],
                "Stars": ["36542", "4512", "3934"],
                "Contributors": ["651", "77", "34"],
                "Programming language": ["Python", "Python", "Rust, Python and NodeJS"],
            }
        ],
    )


class TableOptions(Params):
    padding: Literal["do_not_pad", "longest", "max_length"] | None = Field(
        None, description="How the table is filled up; it changes no answer"
    )
    sequential: bool = Field(
        False,
        description="Ask several questions about one table one after the other, each knowing the "
        "answer before it",
    )
    truncation: bool = Field(True, description="Leave out the last rows of a table that is long")


def tidy(body: Body) -> Body:
    """The Hub's Python client puts the model's name among the parameters, and the specification
    calls the query a question."""
    parameters, inputs = body.get("parameters"), body.get("inputs")
    made = dict(body)
    if isinstance(parameters, dict):
        made["parameters"] = {k: v for k, v in parameters.items() if k != "model"}
    if isinstance(inputs, list):
        made["inputs"] = [renamed(each) for each in inputs]
    elif isinstance(inputs, dict):
        made["inputs"] = renamed(inputs)
    return made


def renamed(row: object) -> object:
    if not isinstance(row, dict) or "question" not in row or "query" in row:
        return row
    return {("query" if name == "question" else name): value for name, value in row.items()}


def run(pipe: object, inputs: list[QueryAndTable], params: TableOptions) -> list[Cells]:
    given = {"padding": params.padding} if params.padding else {}
    if not params.sequential:
        return [
            tables.ask(pipe, each.table, [each.query], params.truncation, **given)[0]
            for each in inputs
        ]
    found: list[Cells] = []
    for _, rows in groupby(inputs, key=lambda each: each.table):
        asked = list(rows)
        queries = [each.query for each in asked]
        found += tables.ask(
            pipe, asked[0].table, queries, params.truncation, sequential=True, **given
        )
    return found


TASK = Task(
    tag="table-question-answering",
    summary="Find the answer to a question in a table",
    inputs=QueryAndTable,
    params=TableOptions,
    output=Cells,
    load={"transformers": Pipeline("table-question-answering")},
    tidy=tidy,
    run=run,
    default_model="google/tapas-base-finetuned-wtq",
    more_models=("google/tapas-small-finetuned-sqa", "google/tapas-large-finetuned-wtq"),
)
