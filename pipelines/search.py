"""The search for a model, on this machine and on the Hub: rows of what is known before a load."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines import registry
from pipelines.errors import TaglineError, UnknownModel
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.models.facts import Library
from pipelines.models.hub_search import Found, HubSearch
from pipelines.models.weights import BYTES, foretold
from pipelines.unserved import UNSERVED

ALL = 100_000  # models that are looked through
HUB = "hub"  # where a model is that is not on this machine
LOADED = ("warm", "idle", "busy")
GB = 1_000_000_000
SIZES = {"small": (0, GB // 10), "medium": (GB // 10, GB), "large": (GB, 10 * GB),
         "huge": (10 * GB, None)}  # bytes on the disk: from, up to  # fmt: skip
# What a visitor tells apart, and the sources of models that it stands for.
PLACES = {
    "board": ("starter",),
    "folder": ("local", "folder"),
    "cache": ("cache", "download"),
    HUB: (HUB,),
}


@dataclass(frozen=True)
class Asked:
    """A text and filters; what is empty filters nothing."""

    text: str = ""
    task: str = ""
    library: str = ""
    size: str = ""
    place: str = ""
    fits: bool = False


@dataclass(frozen=True)
class Row:
    """`place` is a key of PLACES; `bytes` on the disk, `parameters` and `fits` are None where
    nobody knows; `loaded` says that it could answer at once; `served` that a task here runs it."""

    id: str
    tag: str | None
    library: str | None
    place: str
    bytes: int | None = None
    parameters: int | None = None
    fits: bool | None = None
    loaded: bool = False
    served: bool = True
    gated: bool = False


class Finder:
    """Finds models for whoever types in the search box."""

    def __init__(self, inference: Inference, hub: HubSearch) -> None:
        self.models, self.engine, self.hub = inference.models, inference.engine, hub
        self.library = Library(inference.engine.hardware.dtype)

    def loaded(self) -> frozenset[str]:
        """Ids of models that could answer at once. To be asked in the engine's event loop; what
        takes it may run elsewhere."""
        return frozenset(r.model.id for r in self.engine.all() if r.status().state in LOADED)

    def here(self, asked: Asked, loaded: frozenset[str]) -> list[Row]:
        """Models on this machine, then those on the Hub that the record of the task names."""
        able = (m for m in self.models.search(asked.text, limit=ALL) if can(m, asked.task or None))
        fitting = (model for model in able if asked.library in ("", model.library))
        rows = [self.row(model, model.id, loaded) for model in fitting]
        known = {row.id for row in rows}
        hints = (id for id in suggested(asked.task) if id not in known and speaks(id, asked.text))
        rows += [self.hinted(id, asked.task) for id in hints]
        return [row for row in rows if keeps(asked, row)]

    def named(self, names: Iterable[str], loaded: frozenset[str]) -> list[Row]:
        """Rows of models by their names, wherever they are; what is no name is left out."""
        return [row for name in names if (row := self.by_name(name, loaded))]

    async def on_hub(self, asked: Asked, limit: int) -> list[Row]:
        """What the Hub's own search finds, without what is here."""
        if asked.place not in ("", HUB):
            return []
        found = await self.hub.find(asked.text, asked.task, asked.library, limit)
        here = {model.id for model in self.models.list()}
        rows = (self.far(each) for each in found if each.id not in here)
        return [row for row in rows if keeps(asked, row)]

    def by_name(self, name: str, loaded: frozenset[str]) -> Row | None:
        try:
            return self.row(self.models.find(name), name, loaded)
        except UnknownModel:
            return Row(name, None, None, HUB)
        except TaglineError:
            return None

    def row(self, model: Model, name: str, loaded: frozenset[str]) -> Row:
        facts = self.library.of(model)
        return Row(
            id=name,
            tag=model.tag,
            library=model.library,
            place=place_of(model.source),
            bytes=facts.bytes,
            parameters=facts.parameters,
            fits=not self.engine.memory.never(facts.need),
            loaded=model.id in loaded,
            served=bool(tags_of(model)),
        )

    def hinted(self, id: str, tag: str) -> Row:
        return Row(id, tag, next(iter(registry.get(tag).load)), HUB)

    def far(self, found: Found) -> Row:
        return Row(
            id=found.id,
            tag=found.tag,
            library=found.library,
            place=HUB,
            parameters=found.parameters,
            fits=self.would_fit(found.parameters),
            served=found.tag in registry.TASKS,
            gated=found.gated,
        )

    def would_fit(self, parameters: int | None) -> bool | None:
        if parameters is None:
            return None
        need = foretold(parameters * BYTES[self.library.dtype])
        return not self.engine.memory.never(need)


def keeps(asked: Asked, row: Row) -> bool:
    """Whether a row passes the filters; one of which nothing is known passes no filter of size."""
    if asked.place not in ("", row.place) or (asked.fits and not row.fits):
        return False
    return not asked.size or in_class(row.bytes, asked.size)


def speaks(id: str, text: str) -> bool:
    return all(word in id.casefold() for word in text.casefold().split())


def in_class(size: int | None, name: str) -> bool:
    least, most = SIZES[name]
    return size is not None and least <= size and (most is None or size < most)


def place_of(source: str) -> str:
    return next((place for place, sources in PLACES.items() if source in sources), "folder")


def can(model: Model, tag: str | None) -> bool:
    """Whether `model` does the task; without a tag, whether it is good for anything here."""
    if tag in UNSERVED:
        return model.tag == tag
    if tag in registry.TASKS:
        return registry.get(str(tag)).accepts(model)
    return tag is None


def suggested(tag: str | None) -> tuple[str, ...]:
    """Models on the Hub worth trying for a task."""
    task = registry.TASKS.get(tag or "")
    return (task.default_model, *task.more_models) if task else ()


def tags_of(model: Model) -> list[str]:
    """The tags of the tasks that a model can do, those that lead first."""
    try:
        tasks = registry.for_model(model)
    except TaglineError:
        return []
    return [task.tag for task in sorted(tasks, key=lambda task: not task.leads)]
