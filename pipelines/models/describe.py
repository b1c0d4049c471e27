"""A folder of files as a Model, remembered until a file of it changes."""

from dataclasses import replace
from pathlib import Path

from pipelines.model import HANDLER, Model
from pipelines.models.evidence import gather
from pipelines.models.listing import Files, listing, stamp
from pipelines.models.tags import architectures, library_of, pipeline_class, tag_of
from pipelines.settings import Settings


class Describer:
    """Describes folders; the same files are read once, however often they are asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.known: dict[Path, tuple[str, Model]] = {}

    def model(
        self,
        folder: Path,
        id: str,
        source: str,
        revision: str | None = None,
        owner: str | None = None,
        files: Files | None = None,
    ) -> Model:
        """The model in `folder`. Without a `revision` its content stamp stands for one."""
        files = listing(folder) if files is None else files
        mark = stamp(files)
        seen, model = self.known.get(folder, ("", None))
        if model is None or seen != mark or model.id != id:
            model = self.read(folder, id, files, source)
            self.known[folder] = mark, model
        return replace(model, revision=revision or mark, source=source, owner=owner)

    def read(self, folder: Path, id: str, files: Files, source: str) -> Model:
        found = gather(folder, files)
        # What is on board we wrote ourselves.
        trusted = id in self.settings.trusted_code or source == "starter"
        handler = "handler.py" in files
        return Model(
            id=id,
            path=folder,
            revision="",
            tag=tag_of(found),
            library=HANDLER if handler and trusted else library_of(found),
            architectures=architectures(found.config) or pipeline_class(found.diffusers),
            card=found.card,
            config=found.config or found.diffusers,
            chat_template=found.chat_template,
            trusted_code=trusted,
            trusted_pickle=id in self.settings.trusted_pickle,
            handler=handler,
            notes=found.notes,
        )
