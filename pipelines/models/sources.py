"""Where models lie on this machine: a folder, a folder of folders, a Hugging Face cache."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pipelines.model import Model
from pipelines.models.describe import Describer
from pipelines.models.listing import Files, is_model, listing
from pipelines.models.names import Name, is_commit, is_id
from pipelines.models.whole import looks_whole

PREFIX = "models--"
ORDER = "order.txt"


class Source(Protocol):
    """A place that may have models."""

    def get(self, wanted: Name) -> Model | None:
        """The model, if it is here in the revision asked for."""

    def all(self) -> Iterator[Model]:
        """Every model here, in the revision that a name without one stands for."""


class OneFolder:
    """The folder that the operator named on the command line."""

    def __init__(self, describer: Describer, folder: Path, id: str) -> None:
        self.describer, self.folder, self.id = describer, folder, id

    def get(self, wanted: Name) -> Model | None:
        return right(self.here(), wanted) if wanted.id == self.id else None

    def all(self) -> Iterator[Model]:
        if model := self.here():
            yield model

    def here(self) -> Model | None:
        if not is_model(self.folder):
            return None
        return self.describer.model(self.folder, self.id, "local")


class Folders:
    """Flat snapshots, laid out as <root>/<org>/<name>/ or <root>/<name>/.

    A file ORDER in the root, one id a line, says which come first; the others follow by name.
    """

    def __init__(self, describer: Describer, root: Path, source: str) -> None:
        self.describer, self.root, self.source = describer, root, source

    def get(self, wanted: Name) -> Model | None:
        org, _, name = wanted.id.rpartition("/")
        if org and is_model(self.root / org):
            return None  # `name` is a part of the model `org`, such as the unet of a pipeline
        return right(self.describe(self.root / org / name, wanted.id), wanted)

    def all(self) -> Iterator[Model]:
        first = {id: at for at, id in enumerate(self.order())}
        yield from sorted(self.each(), key=lambda model: first.get(model.id, len(first)))

    def order(self) -> list[str]:
        try:
            return (self.root / ORDER).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return []

    def each(self) -> Iterator[Model]:
        for top in subfolders(self.root):
            if is_model(top):
                yield from filter(None, [self.describe(top, top.name)])
            else:
                for folder in subfolders(top):
                    yield from filter(None, [self.describe(folder, f"{top.name}/{folder.name}")])

    def describe(self, folder: Path, id: str) -> Model | None:
        if not is_id(id) or not is_model(folder):
            return None
        return self.describer.model(folder, id, self.source)


class Cache:
    """A cache in the layout of huggingface_hub, only ever read."""

    def __init__(self, describer: Describer, root: Path, source: str) -> None:
        self.describer, self.root, self.source = describer, root, source
        self.owner: str | None = None

    def get(self, wanted: Name) -> Model | None:
        repo = self.root / repo_folder(wanted.id)
        commit = commit_of(repo, wanted.revision)
        return self.snapshot(repo, wanted.id, commit) if commit else None

    def all(self) -> Iterator[Model]:
        for repo in subfolders(self.root):
            id = repo.name.removeprefix(PREFIX).replace("--", "/")
            if repo.name.startswith(PREFIX) and is_id(id) and (commit := commit_of(repo, None)):
                yield from filter(None, [self.snapshot(repo, id, commit)])

    def snapshot(self, repo: Path, id: str, commit: str) -> Model | None:
        folder = repo / "snapshots" / commit
        files = listing(folder)
        if not files or not self.is_whole(repo, commit, files):
            return None
        return self.describer.model(folder, id, self.source, commit, self.owner, files)

    def is_whole(self, repo: Path, commit: str, files: Files) -> bool:
        """Whether nothing is missing that a library would go and fetch."""
        return looks_whole(repo / "snapshots" / commit, files)

    def revisions(self, id: str) -> list[str]:
        """The commits of `id` that are here."""
        repo = self.root / repo_folder(id)
        commits = [folder.name for folder in subfolders(repo / "snapshots")]
        return [commit for commit in commits if self.snapshot(repo, id, commit)]


def right(model: Model | None, wanted: Name) -> Model | None:
    """A folder has one revision, its stamp; any other one asked for is not here."""
    return model if model and wanted.revision in (None, model.revision) else None


def repo_folder(id: str) -> str:
    return PREFIX + id.replace("/", "--")


def commit_of(repo: Path, revision: str | None) -> str | None:
    """The commit that a branch, a tag or None (`main`) stood for when it was last downloaded."""
    if is_commit(revision):
        return revision
    try:
        commit = (repo / "refs" / (revision or "main")).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return commit if is_commit(commit) else None


def subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(
            each for each in folder.iterdir() if os.path.isdir(each) and each.name[:1] != "."
        )
    except OSError:
        return []
