"""Where runs are kept: a folder for each below TAGLINE_HOME, with the file beside its results."""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipelines.errors import TooLarge, Unavailable, UnknownModel
from runs.about import About
from runs.ledger import Ledger
from runs.sources.opening import counted, open_source, reader
from runs.sources.row import Source

NAME = re.compile(r"[\w-]{20,64}", re.ASCII)
GONE = "There is no such run here. It may have been removed to make room for others."
BUSY = "This run is going on already. Reload the page to see it."
SPARE = 500_000_000  # bytes of the disk that are left to others


@dataclass(frozen=True)
class Kept:
    """One data set and its run. `id` cannot be guessed: whoever has it may look.

    `most` is the bytes that one picture or recording may have.
    """

    folder: Path
    most: int

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def about(self) -> About:
        """Raises UnknownModel for a run that is gone."""
        try:
            return About.model_validate_json((self.folder / "about.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise UnknownModel(GONE) from error

    @property
    def made(self) -> float:
        """When, as a date of the disk: a file that cannot be read is the oldest of all."""
        try:
            return self.about.made
        except UnknownModel:
            return 0.0

    def of(self, owner: str) -> bool:
        try:
            return self.about.owner == owner
        except UnknownModel:
            return True

    def save(self, about: About) -> About:
        """In one step, so that a killed process leaves the old or the new one."""
        fresh = self.folder / f"about.{secrets.token_hex(4)}"
        fresh.write_text(about.model_dump_json(), encoding="utf-8")
        os.replace(fresh, self.folder / "about.json")
        return about

    def change(self, **fields: Any) -> About:
        return self.save(self.about.model_copy(update=fields))

    @property
    def source(self) -> Source:
        """The rows. Raises InvalidInput for what is no data set."""
        return open_source(self.file, self.most)

    @property
    def file(self) -> Path:
        found = sorted(self.folder.glob("source*"))
        if not found:
            raise UnknownModel(GONE)
        return found[0]

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.folder / "results.db")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the run for this process until it ends, however it ends. Raises Unavailable where
        another one has it."""
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Unavailable(BUSY) from error
            yield

    @property
    def taken(self) -> bool:
        """Whether any process works on it."""
        try:
            with self.alone():
                return False
        except Unavailable:
            return True

    @property
    def size(self) -> int:
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


@dataclass(frozen=True)
class Shelf:
    """All runs below `root`: at most `runs` of them, and `bytes` together; the oldest that has
    ended goes for a new one. `most` is the bytes of one picture or recording."""

    root: Path
    runs: int
    bytes: int
    most: int

    def get(self, id: str) -> Kept:
        """Raises UnknownModel for what is not here."""
        if not NAME.fullmatch(id) or not (self.root / id / "about.json").is_file():
            raise UnknownModel(GONE)
        return Kept(self.root / id, self.most)

    def all(self) -> list[Kept]:
        """The newest first."""
        found = [Kept(each.parent, self.most) for each in self.root.glob("*/about.json")]
        return sorted(found, key=lambda kept: -kept.made)

    def add(self, name: str, owner: str, place: Callable[[Path], Any], size: int) -> Kept:
        """A new data set of `size` bytes: `place(path)` puts its file where it belongs. Raises
        InvalidInput for what is no data set, TooLarge, Unavailable where there is no room."""
        ending = reader(name)
        self.clear(size, owner)
        folder = self.root / secrets.token_urlsafe(24)
        folder.mkdir(parents=True, mode=0o700)
        try:
            place(folder / f"source{ending}")
            source = open_source(folder / f"source{ending}", self.most)
            kept = Kept(folder, self.most)
            kept.save(About(name=name, owner=owner, total=counted(source), columns=source.columns))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return kept

    def copy(self, kept: Kept, owner: str) -> Kept:
        """The same data set, to be run anew."""
        about = kept.about
        made = self.add(about.name, owner, lambda path: link(kept.file, path), kept.size)
        made.change(plan=about.plan)
        return made

    def remove(self, kept: Kept) -> None:
        """Raises Unavailable for one that goes on."""
        with kept.alone():
            shutil.rmtree(kept.folder, ignore_errors=True)

    def clear(self, size: int, owner: str) -> None:
        """Makes room for one more of `size` bytes. The owner's own runs go first, so that nobody
        drives out those of others while he has some."""
        if size > self.bytes:
            raise TooLarge(
                f"This data set has {size:,} bytes, and this server keeps at most {self.bytes:,}."
            )
        kept = sorted(self.all(), key=lambda each: each.of(owner))
        sizes = {each.id: each.size for each in kept}
        while kept and (len(kept) >= self.runs or sum(sizes.values()) + size > self.bytes):
            victim = next((each for each in reversed(kept) if not each.taken), None)
            if victim is None:
                raise Unavailable("Too many runs go on here just now. Try again later.", 60.0)
            self.remove(victim)
            kept.remove(victim)
            del sizes[victim.id]
        if shutil.disk_usage(existing(self.root)).free < size + SPARE:
            raise Unavailable("The disk of this server is full. Its operator should free space.")


def link(file: Path, path: Path) -> None:
    """The same bytes in two places; a folder of Parquet files is copied by its files."""
    if file.is_dir():
        path.mkdir()
        for each in sorted(file.iterdir()):
            os.link(each, path / each.name)
    else:
        os.link(file, path)


def existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
