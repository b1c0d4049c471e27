"""Every model on this machine, in the order of its sources; the first that has an id wins."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pipelines.errors import InvalidInput
from pipelines.model import Model
from pipelines.models.describe import Describer
from pipelines.models.disk import Disk
from pipelines.models.downloads import OURS, Downloads, digest, keep
from pipelines.models.hub import usable
from pipelines.models.listing import is_model
from pipelines.models.names import Name, local_id, looks_like_path, parse, quoted
from pipelines.models.recall import Recall
from pipelines.models.sources import Cache, Folders, OneFolder, Source
from pipelines.settings import Settings


class Catalog:
    """Looks at the disk and nowhere else. `cache` is the user's own Hugging Face cache."""

    def __init__(self, settings: Settings, disk: Disk, cache: Path) -> None:
        self.describer = Describer(settings)
        self.disk = disk
        self.named, self.demo = settings.model, settings.demo
        self.recall = Recall()
        self.local = one_folder(self.describer, settings.model)
        self.foreign = Cache(self.describer, cache, "cache")
        self.own = Downloads(self.describer, disk.public, disk.gate)
        self.shared: list[Source] = [
            *filter(None, [self.local]),
            *(Folders(self.describer, root.expanduser(), "folder") for root in settings.models_dir),
            Folders(self.describer, settings.starters.expanduser(), "starter"),
            self.foreign,
            self.own,
        ]

    def sources(self, token: str | None) -> Iterator[Source]:
        """Where to look for whoever has `token`."""
        yield from self.shared
        if token and usable(token):
            owner = digest(token)
            yield Downloads(self.describer, self.disk.cache(owner), self.disk.gate, owner)

    def look(self, wanted: Name, token: str | None) -> Model | None:
        return next(filter(None, (each.get(wanted) for each in self.sources(token))), None)

    def known(self, wanted: Name, token: str | None) -> Model | None:
        """As `look`, but what was found within the last second is not looked for again."""
        key = wanted, token
        model = self.recall.get(key)
        if model and self.stays(model):
            return model
        return self.recall.look(key, lambda: self.look(wanted, token))

    def stays(self, model: Model) -> bool:
        """Whether it is still here, as far as we are the ones who remove it; it then counts as used
        just now."""
        return model.source not in OURS or keep(model, self.disk.gate)

    def all(self) -> list[Model]:
        """One model per id: starters first, in their own order, then by id. None that belongs to a
        token. A demo has one model."""
        if own := self.alone():
            return [model for model in [self.look(own, None)] if model]
        found: dict[str, Model] = {}
        for model in (model for source in self.shared for model in source.all()):
            found.setdefault(model.id, model)
        starters = [model for model in found.values() if model.source == "starter"]
        others = [model for model in found.values() if model.source != "starter"]
        return [*starters, *sorted(others, key=lambda model: (model.id.casefold(), model.id))]

    def search(self, text: str, tag: str | None, limit: int) -> list[Model]:
        """Models whose id, tag or library has every word of `text`."""
        words = text.casefold().split()
        fitting = (model for model in self.all() if tag in (None, "", model.tag))
        return [m for m in fitting if all(word in haystack(m) for word in words)][: max(limit, 0)]

    def shown(self) -> str | None:
        """The id of the model that the settings name. Raises InvalidInput for a path to nothing."""
        if self.local or self.named is None:
            return self.local.id if self.local else None
        if looks_like_path(self.named):
            raise InvalidInput(
                f"{quoted(self.named)} is not a folder with a model in it. Name a folder that has "
                "a config.json or weights, or a model as org/name."
            )
        return str(parse(self.named))

    def alone(self) -> Name | None:
        """The one model of a demo, or None where there are others too."""
        return parse(self.shown() or "") if self.demo else None

    def absent(self, wanted: Name) -> str:
        """Says that `wanted` is not here, and what to do next."""
        revisions = self.foreign.revisions(wanted.id) + self.own.revisions(wanted.id)
        if revisions:
            hint = f"Other revisions of it are: ask for {wanted.id}@{revisions[0]}."
        elif near := get_close_matches(wanted.id, [model.id for model in self.all()], 3):
            hint = f"Did you mean {' or '.join(near)}?"
        else:
            hint = "Choose one that is."
        return (
            f"{wanted} is not on this machine. {hint} The operator can put its files into a folder "
            "of TAGLINE_MODELS_DIR, as org/name, or allow its download with TAGLINE_MODELS."
        )


def one_folder(describer: Describer, named: str | None) -> OneFolder | None:
    """The folder that the operator named, if it is one and has a model in it."""
    folder = Path(named or "").expanduser()
    if not named or not is_model(folder):
        return None
    return OneFolder(describer, folder.resolve(), local_id(folder))


def haystack(model: Model) -> str:
    words = (model.id, model.tag or "", model.library or "", *model.tags)
    return " ".join(words).casefold()
