"""Which model and which task fit a file that somebody has brought."""

from collections.abc import Sequence
from typing import Any

from components import choosing
from components.dataset.desk import Desk
from pipelines import registry
from pipelines.errors import TaglineError
from pipelines.model import Model
from pipelines.search import tags_of
from pipelines.slots import slots
from pipelines.task import Task
from runs import judging, mapping
from runs.kept import Kept
from runs.sources.opening import first
from runs.sources.row import Row

LOOK = 20  # rows that are looked at
Choice = dict[str, Any]  # {"id": of the run, "model": id, "task": tag}


def first_choice(desk: Desk, query: dict[str, Any]) -> Choice:
    """A model that fits the file: as the last run had it, as the sample wants it, else the first
    of those on this machine whose inputs the columns can feed."""
    try:
        kept = desk.runs.shelf.get(str(query.get("id")))
        about = kept.about
        if about.state != "draft":
            return {}
        model, task = about.first
        if about.plan:
            model, task = about.plan.model, about.plan.task
        here = {each.id for each in desk.inference.models.list()}
        model = model if model in here else best(desk, kept)
        tags = choosing.tags_of_name(desk.inference, model)
    except TaglineError:
        return {}
    return {"id": kept.id, "model": model, "task": task if task in tags else fitting(kept, tags)}


def best(desk: Desk, kept: Kept) -> str | None:
    """The model whose classes the labels name, else the first that the columns can feed."""
    rows, columns = first(kept.source, LOOK), kept.about.columns
    here = desk.inference.models.list()
    able = [model for model in here if feeds(model, rows, columns)]
    found = max(able, key=lambda model: named(model, rows, columns), default=None)
    return found.id if found else next((model.id for model in here), None)


def feeds(model: Model, rows: Sequence[Row], columns: Sequence[str]) -> bool:
    tags = tags_of(model)
    return bool(tags) and fits(registry.get(tags[0]), rows, columns)


def named(model: Model, rows: Sequence[Row], columns: Sequence[str]) -> int:
    """How many rows have a label that is a class of the model."""
    label = mapping.guess_label(rows, columns, ())
    known = {str(key): str(name) for key, name in (model.config.get("id2label") or {}).items()}
    found = (judging.label_text(row.cells.get(label or ""), known) for row in rows)
    return sum(each in known.values() for each in found)


def fitting(kept: Kept, tags: Sequence[str]) -> str | None:
    """The first task that the file's columns can feed."""
    rows, columns = first(kept.source, LOOK), kept.about.columns
    able = (tag for tag in tags if fits(registry.get(tag), rows, columns))
    return next(able, next(iter(tags), None))


def fits(task: Task, rows: Sequence[Row], columns: Sequence[str]) -> bool:
    """Whether pictures and recordings go where the task takes some, and only there."""
    has = any(mapping.holds_files(rows, column) for column in columns)
    kinds = [slot for slot in slots(task.inputs) if slot.required]
    files = any(slot.is_file or slot.kind == "images" or slot.media for slot in kinds)
    tables = any(slot.kind == "table" for slot in kinds)
    return has == files and (not tables or numeric(rows))


def numeric(rows: Sequence[Row]) -> bool:
    """Whether most cells are numbers, as in the tables of classic models."""
    cells = [mapping.number(cell) for row in rows for cell in row.cells.values()]
    return sum(isinstance(cell, int | float) for cell in cells) > len(cells) / 2
