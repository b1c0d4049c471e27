"""The zoo's tiny models, loaded once for all tests of the tasks."""

import pytest
from transformers.utils.logging import disable_progress_bar

from tests.pipelines.tasks.bench import Bench
from tests.zoo.cage import Cage


@pytest.fixture(scope="session")
def cage(tmp_path_factory: pytest.TempPathFactory) -> Cage:
    return Cage(tmp_path_factory.mktemp("cage"))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    disable_progress_bar()
    return Bench(tmp_path_factory.mktemp("bench"))
