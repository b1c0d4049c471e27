"""Our own caches: what was downloaded, when it was last asked for, whether it is all there.

Beside the cache's own files, each repository has a folder `.tagline`: `<commit>.json` lists the
files and sizes of a finished download, `used` has the time of the last use.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock

from pipelines.model import Model
from pipelines.models.describe import Describer
from pipelines.models.listing import Files
from pipelines.models.names import Name
from pipelines.models.sources import Cache, repo_folder
from pipelines.models.whole import load

MARKS = ".tagline"
OURS = ("download", "private")  # sources that this file fills and empties


class Downloads(Cache):
    """A cache that we fill and empty: only finished downloads count."""

    def __init__(
        self, describer: Describer, root: Path, gate: Lock, owner: str | None = None
    ) -> None:
        super().__init__(describer, root, "private" if owner else "download")
        self.gate, self.owner = gate, owner

    def get(self, wanted: Name) -> Model | None:
        """As Cache.get; the model then counts as used just now."""
        with self.gate:
            if model := super().get(wanted):
                touch(self.root / repo_folder(wanted.id))
            return model

    def is_whole(self, repo: Path, commit: str, files: Files) -> bool:
        sizes = load(repo / MARKS / f"{commit}.json")
        return bool(sizes) and all(
            name in files and files[name][0] == size for name, size in sizes.items()
        )


def digest(token: str) -> str:
    """Names a token without telling it."""
    return sha256(token.encode()).hexdigest()[:16]


def finish(repo: Path, commit: str, sizes: Mapping[str, int]) -> None:
    """Marks a download as finished: from now on it can be found."""
    write(repo / MARKS / f"{commit}.json", json.dumps(dict(sizes)))
    touch(repo)


def point(repo: Path, revision: str, commit: str) -> None:
    """Notes which commit a branch or tag stands for."""
    write(repo / "refs" / revision, commit)


def hide(repo: Path) -> None:
    """Takes back what `finish` said, for every commit: nothing of `repo` can be found any more."""
    for mark in (repo / MARKS).glob("*.json"):
        mark.unlink(missing_ok=True)


def keep(model: Model, gate: Lock) -> bool:
    """Whether a download that was found before has not been hidden since; it then counts as used
    just now, so that nobody removes it."""
    repo = model.path.parent.parent
    with gate:
        if not os.path.exists(repo / MARKS / f"{model.revision}.json"):
            return False
        touch(repo)
        return True


def touch(repo: Path) -> None:
    """Notes that a model was used now."""
    used = repo / MARKS / "used"
    now = time.time_ns()
    with suppress(OSError):  # a full or read-only disk is no reason to refuse what is there
        used.parent.mkdir(parents=True, exist_ok=True)
        used.touch()
        os.utime(used, ns=(now, now))


def last_used(repo: Path) -> int:
    """Nanoseconds since the epoch; for a download that never finished, since it was begun."""
    for path in (repo / MARKS / "used", repo):
        try:
            return path.stat().st_mtime_ns
        except OSError:
            continue
    return 0


def write(path: Path, text: str) -> None:
    """Replaces a small file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{time.time_ns()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
