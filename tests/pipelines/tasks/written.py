"""A tiny writer as a server finds it, and what it answers with what it tells."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import registry
from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.notices import heard
from pipelines.settings import Limits, Settings
from tests.pipelines.fakes import HARDWARE
from tests.zoo.cage import run


@dataclass(frozen=True)
class Writer:
    """A loaded model and the task it is asked for."""

    tag: str
    model: Model
    pipe: Any

    def ask(self, inputs: Any, **parameters: Any) -> Any:
        return self.told(inputs, **parameters)[0]

    def told(self, inputs: Any, **parameters: Any) -> tuple[Any, list[str]]:
        """The answer as the protocol sends it, and the sentences about it."""
        task, said = registry.get(self.tag), list[str]()
        asked = task.read({"inputs": inputs, "parameters": parameters}, Limits())
        with heard(said.append):
            values = run(task, self.pipe, asked)
        return task.wire(values, asked.many), said

    def chunks(self, inputs: Any, **parameters: Any) -> list[Any]:
        task = registry.get(self.tag)
        asked = task.read({"inputs": inputs, "parameters": parameters}, Limits())
        assert task.stream is not None
        return list(task.stream(self.pipe, asked.inputs[0], asked.params))

    def joined(self, inputs: Any, **parameters: Any) -> Any:
        join = output_kind(registry.get(self.tag).output).join
        return join(self.chunks(inputs, **parameters))


def found(folder: Path, build: Callable[[Path], None], name: str) -> Model:
    if not (folder / "tiny" / name).exists():
        build(folder / "tiny" / name)
    settings = Settings(home=folder / "home", models_dir=(folder,), offline=True)
    return Models(settings, folder / "cache").find(f"tiny/{name}")


def writer(folder: Path, tag: str, build: Callable[[Path], None], name: str) -> Writer:
    model, task = found(folder, build, name), registry.get(tag)
    assert task.accepts(model), model
    return Writer(tag, model, task.loader(model)(model, HARDWARE))
