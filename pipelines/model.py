"""What is known of a model before anything of it is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HANDLER = "handler"  # the library of a model whose own code is trusted


@dataclass(frozen=True)
class Model:
    """One checkpoint on this machine, described from its files alone.

    `id` is `org/name`; `revision` is the commit, or a content stamp where there is none; `tag` is
    the pipeline tag; `library` is the Hub's library name; `card` is the model card's metadata;
    `config` is `config.json`, or the `model_index.json` of a diffusers pipeline, whose class then
    is its one architecture. `owner` names whose token fetched it: such a model is served to that
    token only. `handler` says that the folder has a `handler.py`; `source` is where the model was
    found (`local`, `folder`, `starter`, `cache`, `download` or `private`); `notes` are sentences
    about files of it that could not be read.
    """

    id: str
    path: Path
    revision: str
    tag: str | None
    library: str | None
    architectures: tuple[str, ...] = ()
    card: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)
    config: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False, repr=False)
    chat_template: bool = False
    owner: str | None = None
    trusted_code: bool = False
    trusted_pickle: bool = False
    handler: bool = False
    source: str = "folder"
    notes: tuple[str, ...] = field(default=(), hash=False, compare=False)

    @property
    def tags(self) -> tuple[str, ...]:
        """Free tags of the card, as the Hub lists them."""
        tags = self.card.get("tags") or ()
        return tuple(str(tag) for tag in tags) if isinstance(tags, list | tuple) else ()

    @property
    def shown(self) -> str:
        """What everybody may read of its name: nothing, if it is one token's alone."""
        return "a private model" if self.owner else self.id

    def is_a(self, *endings: str) -> bool:
        """Whether any architecture ends so, as in `model.is_a("ForCausalLM")`."""
        return any(name.endswith(endings) for name in self.architectures)
