"""Model names: `org/name`, `name` or `local/name`, each with an optional `@revision`."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import InvalidInput

LOCAL = "local"  # the organisation of folders named on the command line
PART = re.compile(r"\w([\w.\-]{0,94}\w)?", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")
REVISION = re.compile(r"\w[\w.\-]*(/\w[\w.\-]*)*", re.ASCII)
MAX_REVISION = 100  # characters


@dataclass(frozen=True)
class Name:
    """A model's id and the revision asked for; None stands for `main`."""

    id: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.id}@{self.revision}" if self.revision else self.id

    @property
    def is_local(self) -> bool:
        return self.id.startswith(f"{LOCAL}/")


def parse(text: str) -> Name:
    """`org/name[@revision]` as a Name.

    Raises InvalidInput for anything else: above all, no path can be spelt as a name.
    """
    id, at, revision = text.partition("@") if isinstance(text, str) else ("", "", "")
    if not is_id(id) or (at and not is_revision(revision)):
        raise InvalidInput(
            f"{quoted(text)} is not a model id. Write org/name or org/name@revision, with letters, "
            "digits, '-', '_' and '.' only, at most 96 characters each, no '..' and no '--'."
        )
    return Name(id, None if revision in ("", "main") else revision)


def is_id(text: str) -> bool:
    """The rules are the Hub's own (`validate_repo_id` of huggingface_hub)."""
    parts = text.split("/")
    if len(parts) > 2 or ".." in text or "--" in text or text.endswith(".git"):
        return False
    return all(PART.fullmatch(part) for part in parts)


def is_revision(text: str) -> bool:
    return len(text) <= MAX_REVISION and ".." not in text and bool(REVISION.fullmatch(text))


def is_commit(text: str | None) -> bool:
    return bool(text and COMMIT.fullmatch(text))


def looks_like_path(text: str) -> bool:
    """Whether the operator meant a folder: `./my-model`, `~/models/x`, `/data/x`, `..\\x`."""
    return text.startswith((".", "~", "/")) or "\\" in text


def local_id(folder: Path) -> str:
    """The id of a folder named by the operator: `./My Model (v2)` is `local/My-Model-v2`."""
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", folder.resolve().name)
    name = re.sub(r"\.{2,}", ".", name)[:96].strip("-.")
    return f"{LOCAL}/{name.removesuffix('.git') or 'model'}"


def quoted(text: object) -> str:
    """`text` as it may stand in an error: quoted, escaped, short."""
    return repr(text) if len(repr(text)) <= 80 else repr(text)[:76] + "...'"
