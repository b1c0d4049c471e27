"""Which model and which task the first page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines import registry
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.search import can, suggested, tags_of
from pipelines.unserved import UNSERVED


@dataclass(frozen=True)
class Chosen:
    """`name` as it was asked for, with its revision if one was; `task` is a tag; `given` are paths
    of files by input."""

    name: str | None
    task: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)


def by_address(inference: Inference, query: Mapping[str, str], usual: str | None = None) -> Chosen:
    """What an address asks for, else the default model and its `usual` task. A task that is known
    nowhere counts as none, and one that the model cannot do is passed over for its own."""
    tag = query.get("task") or (None if query.get("model") else usual)
    known = tag if tag in registry.TASKS or tag in UNSERVED else None
    name = query.get("model") or first_model(inference, known if query.get("task") else None)
    able = tags_of_name(inference, name)
    return Chosen(name, known if known in able or not able else able[0])


def by_state(told: Mapping[str, object]) -> Chosen:
    """What another part of the page asked for."""
    name, task, given = told.get("model"), told.get("task"), told.get("given")
    files = (
        {str(each): str(path) for each, path in given.items()} if isinstance(given, dict) else {}
    )
    return Chosen(str(name) if name else None, str(task) if task else None, files)


def first_model(inference: Inference, tag: str | None) -> str | None:
    """The model to show when the address names none: the operator's, else the first that fits."""
    if tag is None and inference.models.shown:
        return inference.models.shown
    here = next((m.id for m in inference.models.list() if is_good(m, tag)), None)
    return here or next(iter(suggested(tag)), None)


def is_good(model: Model, tag: str | None) -> bool:
    return can(model, tag) and (tag is not None or model.tag in UNSERVED or bool(tags_of(model)))


def tags_of_name(inference: Inference, name: str | None) -> list[str]:
    try:
        return tags_of(inference.models.find(name or ""))
    except TaglineError:
        return []
