"""Where tiny models are built, found and loaded as a server does."""

from functools import cache
from pathlib import Path
from typing import Any

from transformers.utils.logging import disable_progress_bar

from pipelines import registry
from pipelines.kinds.outputs import output_kind
from pipelines.loaders.handler import Handler
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from pipelines.task import Request, Task
from tests.pipelines.fakes import HARDWARE
from tests.zoo.tiny import Tiny, every

HANDLED = tuple(f"tiny/{tiny.name}" for tiny in every() if tiny.architecture == "handler.py")


class Cage:
    """The tiny models' folder: each is built, found and loaded when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        disable_progress_bar()
        self.folder = folder
        settings = Settings(
            home=folder / "home",
            models_dir=(folder / "models",),
            offline=True,
            trusted_code=HANDLED,
        )
        self.models = Models(settings, folder / "cache")
        self.built = cache(self.build)
        self.pipe = cache(self.load)

    def path(self, tiny: Tiny) -> Path:
        return self.folder / "models" / "tiny" / tiny.name

    def build(self, tiny: Tiny) -> Model:
        tiny.build(self.path(tiny))
        return self.models.find(f"tiny/{tiny.name}")

    def load(self, tiny: Tiny) -> Any:
        task = registry.get(tiny.tag)
        return task.loader(self.built(tiny))(self.built(tiny), HARDWARE)

    def answer(self, tiny: Tiny, inputs: Any, **parameters: Any) -> Any:
        """What the tiny model's own task answers over the wire."""
        task = registry.get(tiny.tag)
        asked = task.read({"inputs": inputs, "parameters": parameters}, Limits())
        return task.wire(run(task, self.pipe(tiny), asked), asked.many)


def run(task: Task, pipe: Any, asked: Request) -> list[Any]:
    """What a worker does with a call."""
    if task.stream is None or isinstance(pipe, Handler):
        return list(task.run(pipe, asked.inputs, asked.params))
    join = output_kind(task.output).join
    return [join(list(task.stream(pipe, row, asked.params))) for row in asked.inputs]
