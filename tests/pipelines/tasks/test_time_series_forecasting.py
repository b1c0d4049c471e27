"""What a forecaster takes and refuses."""

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from pipelines.errors import InvalidInput
from pipelines.loaders.forecasting import Forecaster
from pipelines.notices import heard
from tests.zoo import time_series_forecasting as zoo

PAIR = {"one": zoo.ONE, "two": zoo.TWO}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Forecaster:
    """Two columns at once, 32 rows back, 6 ahead."""
    folder = tmp_path_factory.mktemp("patchtst")
    zoo.patchtst(folder)
    model = transformers.PatchTSTForPrediction.from_pretrained(folder).eval()
    return Forecaster(model, 32, 6, 2)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"one": [1.0] * 31, "two": [1.0] * 31}, "goes on from 32 rows, and these are 31"),
        ({"one": [1.0] * 32}, "takes 2 columns, and these are 1"),
        ({"one": [1.0] * 32, "two": [None] * 32}, "column two holds a gap or a word"),
        ({"one": ["high"] * 32, "two": [1] * 32}, "column one holds a gap or a word"),
        ({"one": [1e31] * 32, "two": [1] * 32}, "column one holds a value beyond 1e.30"),
        ({"one": ["nan"] * 32, "two": [1] * 32}, "column one holds a gap or a word"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    pair: Forecaster, table: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        pair.forecast(table, None)


def test_further_than_it_looks_is_refused(pair: Forecaster) -> None:
    assert len(pair.forecast(PAIR, 6)["one"]) == 6
    with pytest.raises(InvalidInput, match="prediction_length: this model tells 6"):
        pair.forecast(PAIR, 7)


def test_rows_that_it_does_not_see_are_told(pair: Forecaster) -> None:
    told: list[str] = []
    with heard(told.append):
        short = {name: column[-32:] for name, column in PAIR.items()}
        same = pair.forecast(short, None)
        assert not told
        assert pair.forecast(PAIR, None) == same
    assert told == [
        "data is longer than the 32 rows that this model sees; the last ones were taken."
    ]


def test_a_model_of_distributions_gives_the_mean_of_its_samples(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = transformers.PatchTSTConfig(**zoo.small(loss="nll", distribution_output="normal"))
    model = transformers.PatchTSTForPrediction(config).eval()
    found = Forecaster(model, 32, 6, 2).forecast(PAIR, None)
    assert found == Forecaster(model, 32, 6, 2).forecast(PAIR, None)
    past = torch.tensor([zoo.ONE[-32:], zoo.TWO[-32:]]).T[None]
    torch.manual_seed(0)
    with torch.inference_mode():
        mean = model.generate(past_values=past).sequences.mean(1)[0].T
    assert found["two"] == pytest.approx(mean[1].tolist())
