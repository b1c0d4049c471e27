"""An exported folder as its new owner starts it: from there, with nothing of ours on the path."""

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

from deploy.requirements import plain, read
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import STARTERS, Server, environment, free_port

# Put where Python finds it first: no module of a package that was not asked for can be imported.
FENCE = """
import sys
from importlib.machinery import PathFinder

HIDDEN = set({hidden!r})


class Fence(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        known = name.partition(".")[0] not in HIDDEN
        return super().find_spec(name, path, target) if known else None


sys.meta_path[sys.meta_path.index(PathFinder)] = Fence
"""


class Away(Server):
    """`python app.py` in `folder`, which sees none but the packages of its requirements.txt."""

    def __init__(self, folder: Path, home: Path, *flags: str, **variables: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / f"server-{self.port}.log"
        self.folder, self.variables = folder, bare(home) | {"PYTHONPATH": fence(folder, home)}
        self.variables |= variables
        command = [sys.executable, "app.py", "--port", str(self.port), *flags]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=self.variables, stdout=log, stderr=log
            )


def bare(home: Path) -> dict[str, str]:
    """This environment without any setting, but for folders to write to."""
    kept = environment(home, {})
    for name in ("TAGLINE_STARTERS_DIR", "TAGLINE_OFFLINE", "PYTHONPATH"):
        kept.pop(name, None)
    return kept


def fence(folder: Path, home: Path) -> str:
    """A folder for PYTHONPATH that hides what `folder` does not require."""
    (home / "fence").mkdir(exist_ok=True)
    allowed = closure(read(folder / "requirements.txt").values())
    owners = packages_distributions()
    hidden = sorted(
        name
        for name, those in owners.items()
        if not allowed & set(map(plain, those)) and not name.startswith("_")
    )
    (home / "fence" / "sitecustomize.py").write_text(FENCE.format(hidden=hidden))
    return str(home / "fence")


def closure(lines: Iterable[str]) -> set[str]:
    """The packages that pip would install for these requirements, of those that are here."""
    waiting = list(map(Requirement, lines))
    found: dict[str, set[str]] = {}
    while waiting:
        asked = waiting.pop()
        name, extras = plain(asked.name), {"", *asked.extras}
        if extras <= found.get(name, set()):
            continue
        found.setdefault(name, set()).update(extras)
        waiting += [each for each in wanted(name) if applies(each, extras)]
    return set(found) | {"pip", "setuptools"}


def wanted(name: str) -> list[Requirement]:
    try:
        return [Requirement(each) for each in requires(name) or ()]
    except PackageNotFoundError:  # for another system, or not pulled in here
        return []


def applies(asked: Requirement, extras: set[str]) -> bool:
    return asked.marker is None or any(asked.marker.evaluate({"extra": each}) for each in extras)


def board() -> Models:
    """The models on board, and no others."""
    return Models(Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True))
