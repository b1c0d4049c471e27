"""What table-question-answering answers besides what tests/zoo compares."""

from typing import Any

import pytest
from transformers import pipeline

from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.loaders.tables import frame, written
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo.alike import alike
from tests.zoo.table_question_answering import LEARNT, QUERY, TABLE, WRITTEN, tapas

TAG = "table-question-answering"
LEARNED = tapas(**LEARNT)
PLAIN = tapas()
NARROW = tapas(type_vocab_sizes=[3, 8, 10, 2, 256, 256, 10])
TALL = {"Fox": ["quick", "lazy"] * 40, "Jumps": [str(n) for n in range(80)]}


def row(table: Any = TABLE, query: str = QUERY) -> dict[str, Any]:
    return {"query": query, "table": table}


@pytest.mark.parametrize("build", [LEARNED, PLAIN])
@pytest.mark.parametrize(
    "parameters",
    [{}, {"padding": "longest"}, {"padding": "max_length"}, {"padding": "do_not_pad"},
     {"sequential": True}, {"truncation": True}, {"truncation": False}],
)  # fmt: skip
def test_answers_are_those_of_transformers(
    bench: Bench, build: Any, parameters: dict[str, Any]
) -> None:
    found = bench.answer(TAG, build, row(), **parameters)
    library = pipeline(TAG, model=str(bench.path(build)))
    expected = library(table=frame(WRITTEN), query=QUERY)
    expected.setdefault("aggregator", "NONE")
    expected["coordinates"] = [tuple(map(int, each)) for each in expected["coordinates"]]
    assert alike(found, expected)


@pytest.mark.parametrize("build", [LEARNED, PLAIN])
def test_an_answer_is_whole_and_made_of_strings(bench: Bench, build: Any) -> None:
    found = bench.answer(TAG, build, row())
    assert found.keys() == {"answer", "coordinates", "cells", "aggregator"}
    assert isinstance(found["aggregator"], str)
    columns = list(WRITTEN.values())
    assert found["cells"] == [columns[c][r] for r, c in found["coordinates"]]


def test_a_model_that_learnt_no_aggregator_says_none(bench: Bench) -> None:
    assert bench.answer(TAG, PLAIN, row())["aggregator"] == "NONE"


@pytest.mark.parametrize(
    ("cell", "text"), [(None, ""), (3, "3"), (3.0, "3"), (2.5, "2.5"), (True, "True"), ("a", "a"),
                       (1e300, "1e+300"), (float("inf"), "inf"), (float("nan"), "")],
)  # fmt: skip
def test_cells_as_text(cell: Any, text: str) -> None:
    assert written(cell) == text


def test_what_clients_send() -> None:
    task = registry.get(TAG)
    asked = task.read({"inputs": row()}, Limits())
    spoken = {"question": QUERY, "table": TABLE}
    for inputs in (row(), spoken):
        body = {"inputs": inputs, "parameters": {"model": "org/name"}}
        assert task.read(body, Limits()) == asked
    many = task.read({"inputs": [row(), spoken]}, Limits())
    assert many.inputs == asked.inputs * 2
    with pytest.raises(InvalidInput, match="query"):
        task.read({"inputs": {"table": TABLE}}, Limits())


def test_a_long_table_loses_rows_and_that_is_told(bench: Bench) -> None:
    (found,), told = bench.answers(TAG, LEARNED, row(TALL))
    assert told == ["inputs.table is longer than the 96 tokens that this model reads; its last "
                    "rows were left out."]  # fmt: skip
    assert all(r < 40 for r, _ in found["coordinates"])
    with pytest.raises(InvalidInput, match=r"inputs\.table: is longer than the 96 tokens"):
        bench.answer(TAG, LEARNED, row(TALL), truncation=False)


def test_rows_beyond_those_that_the_model_tells_apart(bench: Bench) -> None:
    tall: dict[str, list[Any]] = {"Fox": [""] * 299 + ["quick"], "x": ["lazy"] + [None] * 299}
    found, told = bench.answers(TAG, NARROW, row(tall))
    assert told[0] == ("inputs.table is longer than the 9 rows that this model reads; the rest "
                       "was left out.")  # fmt: skip
    assert found == bench.answers(TAG, NARROW, row({k: v[:9] for k, v in tall.items()}))[0]
    with pytest.raises(InvalidInput, match="has 300 rows, .* at most 9 apart. Send fewer rows"):
        bench.answers(TAG, NARROW, row(tall), truncation=False)
    with pytest.raises(InvalidInput, match="has 10 columns, .* at most 7 apart"):
        bench.answers(TAG, NARROW, row({str(at): [1] for at in range(10)}))


def test_more_text_than_is_read(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match=r"inputs\.table: its cells have 200,001 characters"):
        bench.answers(TAG, LEARNED, row({"a": ["a" * 100_000] * 2, "b": ["b", None]}))


def test_more_columns_or_words_than_the_model_can_read(bench: Bench) -> None:
    wide = {f"c{n}": ["1"] for n in range(300)}
    with pytest.raises(
        InvalidInput, match="has 300 columns, .* at most 95 apart. Send fewer columns"
    ):
        bench.answers(TAG, LEARNED, row(wide))
    with pytest.raises(InvalidInput, match="alone are longer than the 96 tokens"):
        bench.answers(TAG, LEARNED, row(query="how many? " * 100))


@pytest.mark.parametrize(
    "table",
    [{"a": ["东京\n🦊"], "A": [None]}, {"x": ["e\u0301" * 9]}, {" ": [1, 2, 3]}],
)
def test_odd_tables(bench: Bench, table: dict[str, list[Any]]) -> None:
    assert bench.answer(TAG, LEARNED, row(table))["aggregator"]


def test_a_table_of_nothing(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match="no cell with a word"):
        bench.answer(TAG, LEARNED, row({"": ["", None]}))


def test_questions_one_after_the_other_know_the_answer_before(bench: Bench) -> None:
    queries = [QUERY, "Which is lazy?", "And brown?"]
    rows = [row(query=query) for query in queries]
    found, _ = bench.answers(TAG, PLAIN, rows, sequential=True)
    library = pipeline(TAG, model=str(bench.path(PLAIN)))
    expected = library(table=frame(WRITTEN), query=queries, sequential=True)
    assert [each["cells"] for each in found] == [each["cells"] for each in expected]
    other, _ = bench.answers(TAG, PLAIN, [rows[0], row({"x": [1]}), rows[1]], sequential=True)
    assert len(other) == 3
    assert other[0] == found[0]


@pytest.mark.parametrize(
    ("name", "value"), [("padding", True), ("sequential", "so"), ("truncation", "rows"), ("k", 1)]
)
def test_parameters_that_are_refused_by_name(bench: Bench, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        bench.answer(TAG, LEARNED, row(), **{name: value})
