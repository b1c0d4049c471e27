"""All tasks. The folder listing is the registry: a new file is a new task."""

import importlib
import pkgutil
from collections.abc import Iterable
from types import MappingProxyType

from pipelines import tasks
from pipelines.errors import RefusedModel, UnknownTask, UnsupportedTask
from pipelines.loaders.handler import handled
from pipelines.model import HANDLER, Model
from pipelines.task import Task
from pipelines.unserved import UNSERVED


def records() -> dict[str, Task]:
    names = sorted(module.name for module in pkgutil.iter_modules(tasks.__path__))
    found = [importlib.import_module(f"{tasks.__name__}.{name}").TASK for name in names]
    return {task.tag: handled(task) for task in found}


TASKS = MappingProxyType(records())


def get(tag: str) -> Task:
    """The task of this pipeline tag. Raises UnknownTask."""
    if tag in UNSERVED:
        raise UnknownTask(str(UNSERVED[tag]))
    if tag not in TASKS:
        raise UnknownTask(f"There is no task {tag[:80]!r} here. Known tasks: {', '.join(TASKS)}.")
    return TASKS[tag]


def served_by(task: Task, models: Iterable[Model]) -> list[str]:
    """The libraries that load models for it; a model's own code where one of `models` has some."""
    own = any(task.accepts(model) and model.library == HANDLER for model in models)
    return [*(name for name in task.load if name != HANDLER), *(["handler.py"] if own else [])]


def for_model(model: Model) -> list[Task]:
    """The tasks that `model` can do, its own tag first. Raises UnsupportedTask if there is none."""
    able = [task for task in TASKS.values() if task.accepts(model)]
    if not able and model.handler and not model.trusted_code:
        raise RefusedModel(
            f"{model.id} is served by Python code of its own (handler.py), and this server runs no "
            "such code. The operator of this server can name it in TAGLINE_TRUSTED_CODE."
        )
    if not able and (about := UNSERVED.get(model.tag or "")):
        raise UnsupportedTask(f"{model.id} is shown, not run: {about}")
    if not able:
        raise UnsupportedTask(
            f"{model.id} (library {model.library or 'unknown'}, tag {model.tag or 'unknown'}) can "
            f"do none of the tasks that Tagline serves: {', '.join(TASKS)}."
        )
    return sorted(able, key=lambda task: task.tag != model.tag)


def choose(model: Model, tag: str | None = None) -> Task:
    """The task `tag`, if `model` can do it; else the model's own.

    Raises UnknownTask, and UnsupportedTask naming what the model can do.
    """
    if tag is None:
        return for_model(model)[0]
    task = get(tag)
    if not task.accepts(model):
        able = ", ".join(each.tag for each in for_model(model))
        raise UnsupportedTask(f"{model.id} cannot do {tag}. It can do: {able}.")
    return task
