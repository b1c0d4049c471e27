"""Estimators in skops files."""

from typing import Any

import pandas as pd
import pytest
import skops.io

from pipelines.errors import InvalidInput
from tests.pipelines.loaders.conftest import Answer, Copy, Find
from tests.pipelines.loaders.odd import ask, configure

ROWS: dict[str, list[Any]] = {"size": [2.0, -2.0, 2.0], "colour": ["red", "red", "blue"]}


def predict(answer: Answer, table: dict[str, list[Any]]) -> Any:
    (found,) = answer("tabular-classification", "classifier", {"data": table})
    return found


def test_predictions_are_the_librarys(find: Find, answer: Answer) -> None:
    fitted = skops.io.load(find("classifier").path / "model.skops")
    assert predict(answer, ROWS) == fitted.predict(pd.DataFrame(ROWS)).tolist()
    assert set(predict(answer, ROWS)) == {"hot", "cold"}


def test_numbers_may_come_as_strings(answer: Answer) -> None:
    """As JavaScript clients send them."""
    written = {**ROWS, "size": ["2.0", "-2", "2e0"]}
    assert predict(answer, written) == predict(answer, ROWS)


def test_columns_go_by_name_and_others_are_left_out(answer: Answer) -> None:
    mixed = {"id": [1, 2, 3], "colour": ROWS["colour"], "size": ROWS["size"]}
    assert predict(answer, mixed) == predict(answer, ROWS)


def test_missing_columns_are_named(answer: Answer) -> None:
    with pytest.raises(InvalidInput) as caught:
        predict(answer, {"Size": [1], "id": [1]})
    assert str(caught.value) == (
        "The table lacks the columns size, colour; this model wants size, colour."
    )


async def test_the_file_that_the_config_names(answer: Answer, copied: Copy) -> None:
    folder = copied("classifier")
    (folder / "model.skops").rename(folder / "forest.skops")
    configure(folder, sklearn={"columns": ["size", "colour"], "model": {"file": "forest.skops"}})
    inputs = {"data": ROWS}
    assert await ask(folder, "tabular-classification", inputs) == [predict(answer, ROWS)]


async def test_without_names_the_columns_are_taken_as_they_come(
    answer: Answer, copied: Copy
) -> None:
    folder = copied("classifier")
    configure(folder, sklearn={"model": {"file": "model.skops"}})
    inputs = {"data": ROWS}
    assert await ask(folder, "tabular-classification", inputs) == [predict(answer, ROWS)]
