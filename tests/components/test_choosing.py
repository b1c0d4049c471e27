"""Which model and which task the first page shows."""

from pathlib import Path

import pytest

from components.choosing import by_address
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.inference import Inference
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from tests.conftest import EMBEDDER, IRIS, STARTERS
from tests.pipelines.fakes import HARDWARE

SORTING = "zero-shot-classification"


@pytest.fixture
def inference(tmp_path: Path) -> Inference:
    settings = Settings(home=tmp_path, starters_dir=STARTERS, offline=True, model=EMBEDDER)
    return Inference(Models(settings), Engine(Inline(), HARDWARE), Limits())


@pytest.mark.parametrize(
    ("query", "usual", "model", "task"),
    [
        ({}, None, EMBEDDER, "sentence-similarity"),
        ({}, SORTING, EMBEDDER, SORTING),
        ({"model": EMBEDDER}, SORTING, EMBEDDER, "sentence-similarity"),
        ({"model": IRIS}, SORTING, IRIS, "tabular-classification"),
        ({"task": "feature-extraction"}, SORTING, EMBEDDER, "feature-extraction"),
        ({"task": ""}, SORTING, EMBEDDER, SORTING),
        ({}, "text-to-image", EMBEDDER, "sentence-similarity"),
        ({}, "nonesuch", EMBEDDER, "sentence-similarity"),
    ],
)
def test_what_an_address_shows(
    inference: Inference, query: dict[str, str], usual: str | None, model: str, task: str
) -> None:
    chosen = by_address(inference, query, usual)
    assert (chosen.name, chosen.task) == (model, task)
