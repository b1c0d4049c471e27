"""Tiny encoders by what they are, each built, found and loaded once, and what a task answers."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from pipelines import notices
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.registry import TASKS
from pipelines.settings import Limits, Settings
from pipelines.task import Request
from tests.pipelines.fakes import HARDWARE
from tests.zoo.cage import run
from tests.zoo.encoders import Build

Told = list[str]


class Bench:
    """`answer(tag, build, body)` gives the values and what was told beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = Settings(home=folder / "home", models_dir=(folder / "models",), offline=True)
        self.models = Models(settings, folder / "cache")
        self.names: dict[Build, str] = {}
        self.model: Callable[[Build], Model] = cache(self.find)
        self.pipe: Callable[[str, Build], Any] = cache(self.load)

    def path(self, build: Build) -> Path:
        name = self.names.setdefault(build, f"m{len(self.names)}")
        return self.folder / "models" / "tiny" / name

    def find(self, build: Build) -> Model:
        build(self.path(build))
        return self.models.find(f"tiny/{self.names[build]}")

    def load(self, tag: str, build: Build) -> Any:
        model = self.model(build)
        assert TASKS[tag].accepts(model), f"{tag} does not take {model}"
        return TASKS[tag].loader(model)(model, HARDWARE)

    def request(self, tag: str, inputs: Any, parameters: dict[str, Any]) -> Request:
        return TASKS[tag].read({"inputs": inputs, "parameters": parameters}, Limits())

    def answers(
        self, tag: str, build: Build, inputs: Any, **parameters: Any
    ) -> tuple[list[Any], Told]:
        """One value per input, and the notices."""
        asked = self.request(tag, inputs, parameters)
        told: Told = []
        with notices.heard(told.append):
            return run(TASKS[tag], self.pipe(tag, build), asked), told

    def answer(self, tag: str, build: Build, inputs: Any, **parameters: Any) -> Any:
        """The value of one input, about which there is nothing to tell."""
        values, told = self.answers(tag, build, inputs, **parameters)
        assert (len(values), told) == (1, [])
        return values[0]
