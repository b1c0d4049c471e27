"""Estimators in skops files."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import skops.io

from pipelines.errors import InvalidInput, RefusedModel
from pipelines.loaders import sklearn
from tests.pipelines.fakes import HARDWARE
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


def test_probabilities_come_beside_the_class(find: Find, answer: Answer) -> None:
    (rows,) = answer("tabular-classification", "classifier", {"data": ROWS}, probabilities=True)
    assert [row["label"] for row in rows] == predict(answer, ROWS)
    for row in rows:
        assert sum(row["probabilities"].values()) == pytest.approx(1)
        assert max(row["probabilities"], key=row["probabilities"].__getitem__) == row["label"]


def test_digits_are_words_where_the_model_learnt_words() -> None:
    """A grade of "1" is a name, and a size of "1" is a number: the fitted encoder tells."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame = pd.DataFrame({"grade": ["1", "2"] * 9, "size": [1.0, 2.0] * 9})
    encode = make_column_transformer((OneHotEncoder(), ["grade"]), remainder="passthrough")
    fitted = make_pipeline(encode, LogisticRegression()).fit(frame, ["a", "b"] * 9)
    known = sklearn.Estimator(fitted, ("grade", "size"), sklearn.learned_words(fitted))
    assert known.words == {"grade"}
    assert known.predict({"grade": [1, 2], "size": ["1", "2"]}) == ["a", "b"]
    assert sklearn.example_words({"grade": ["1", None], "size": [1.0]}) == {"grade"}


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


def test_a_prediction_without_end_is_refused() -> None:
    from sklearn.linear_model import LinearRegression

    frame = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]})
    fitted = LinearRegression(fit_intercept=False).fit(frame, [2.0, 2.0])
    known = sklearn.Estimator(fitted, ("a", "b"))
    with pytest.raises(InvalidInput, match="too large for this model"):
        known.predict({"a": [1.7e308], "b": [1.7e308]})


def test_a_file_outside_of_the_folder_is_refused(find: Find) -> None:
    odd = {"sklearn": {"model": {"file": "../other.skops"}}}
    with pytest.raises(RefusedModel, match="outside of its folder"):
        sklearn.load(replace(find("classifier"), config=odd), HARDWARE)
