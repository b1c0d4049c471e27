"""What a model's first example asks."""

from pathlib import Path
from typing import Any

from deploy.snippets.ask import Ask
from pipelines import samples
from pipelines.model import Model
from pipelines.samples import Sample
from pipelines.task import Task

NO_INPUT = Sample("", {})


def ask(task: Task, model: Model | None, id: str, server: str, **more: Any) -> Ask:
    """Of the model `id`, which is `model` where it is on this machine; `server` is an address
    without a slash at its end, `more` the other fields of Ask."""
    found = samples.of_model(task, model) if model else samples.of_task(task)
    sample = next(iter(found), NO_INPUT)
    known = model or Model(id, Path(id), "", task.tag, next(iter(task.load)), source="absent")
    return Ask(task, known, sample.inputs, sample.parameters, server, id, **more)
