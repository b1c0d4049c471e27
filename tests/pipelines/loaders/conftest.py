"""The tiny models, built once, found as a server finds its own, and loaded once."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from transformers.utils.logging import disable_progress_bar

from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.registry import TASKS
from pipelines.settings import Limits, Settings
from tests.pipelines.fakes import HARDWARE
from tests.zoo.parts import BUILDERS

Find = Callable[[str], Model]
Loaded = Callable[[str, str], Any]
Answer = Callable[..., list[Any]]
Copy = Callable[[str], Path]


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that holds `tiny/<name>` of every builder."""
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("zoo")
    for name, build in BUILDERS.items():
        build(folder / "tiny" / name)
    return folder


@pytest.fixture(scope="session")
def find(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Find:
    """A tiny model by its name."""
    home = tmp_path_factory.mktemp("home")
    models = Models(Settings(home=home, models_dir=(zoo,), offline=True), home / "cache")
    return lambda name: models.find(f"tiny/{name}")


@pytest.fixture(scope="session")
def loaded(find: Find) -> Loaded:
    """What a task's loader makes of a tiny model: `loaded(tag, name)`."""

    @cache
    def load(tag: str, name: str) -> Any:
        model = find(name)
        assert TASKS[tag].accepts(model)
        return TASKS[tag].loader(model)(model, HARDWARE)

    return load


@pytest.fixture(scope="session")
def answer(loaded: Loaded) -> Answer:
    """What a task answers to a body: `answer(tag, name, inputs, **parameters)`."""

    def run(tag: str, name: str, inputs: Any, **parameters: Any) -> list[Any]:
        task = TASKS[tag]
        request = task.read({"inputs": inputs, "parameters": parameters}, Limits())
        return task.run(loaded(tag, name), request.inputs, request.params)

    return run


@pytest.fixture
def copied(zoo: Path, tmp_path: Path) -> Copy:
    """Copies a tiny model to `odd/model`, where a test may spoil it."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(zoo / "tiny" / name, tmp_path / "odd" / "model"))

    return copy
