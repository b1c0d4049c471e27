"""What was found out about a model on this machine, kept as a file."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.task import Task

PLAIN = "torch"  # the library's own way
FILE, LOCK = "decision.json", "lock"
NEARLY = 1.15  # times as fast: a machine's noise is as much
PACKAGES = ("openvino", "openvino-genai", "torch", "transformers", "sentence-transformers",
            "diffusers")  # fmt: skip
FORM = 2  # of what is kept beside a decision; another one is not read


@dataclass(frozen=True)
class Tried:
    """One candidate: `ratio` is how many times as fast as plain torch it answered, `difference` how
    far its answers were from torch's, as their output kind measures it; `why` it will not do."""

    name: str
    ratio: float = 0.0
    difference: float = 0.0
    why: str = ""


def best(tried: Sequence[Tried]) -> Tried | None:
    """The fastest of those that will do; of nearly equal ones that which is nearest to torch."""
    good = [each for each in tried if not each.why]
    fastest = max((each.ratio for each in good), default=0.0)
    return min(
        (each for each in good if each.ratio * NEARLY >= fastest),
        key=lambda each: (each.difference, -each.ratio),
        default=None,
    )


@dataclass(frozen=True)
class Decision:
    """`name` is the candidate that is used, PLAIN for none. `by_tokens` says that the difference is
    the share of tokens for which torch would have taken another."""

    name: str
    ratio: float = 1.0
    difference: float = 0.0
    tried: tuple[Tried, ...] = ()
    by_tokens: bool = False

    @property
    def words(self) -> str:
        """For people: `OpenVINO bf16, 4.6x, max difference 0.0002`, or `OpenVINO int8, 3.1x, 95 %
        of tokens the same`; empty for plain torch."""
        if self.name == PLAIN:
            return ""
        library, _, precision = self.name.partition("-")
        named = f"{library.replace('openvino', 'OpenVINO')} {precision}"
        far = f"max difference {self.difference:.1g}"
        if self.by_tokens:
            far = f"{100 * (1 - self.difference):.0f} % of tokens the same"
        return f"{named}, {self.ratio:.1f}x, {far}"


def folder(home: Path, task: Task, model: Model, hardware: Hardware) -> Path:
    """Where it is kept: a place for each model, way to load it, machine and versions."""
    parts = [
        FORM, model.id, model.revision, model.owner, named(task.loader(model)), hardware.device,
        hardware.dtype, hardware.threads, *hardware.cpu_flags, *map(installed, PACKAGES),
    ]  # fmt: skip
    return home / sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def named(loader: object) -> str:
    """The same in every run."""
    if hasattr(loader, "__qualname__"):
        return f"{getattr(loader, '__module__', '')}.{loader.__qualname__}"
    return repr(loader)


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def read(place: Path) -> Decision | None:
    """None where nothing was decided, or the file is broken."""
    try:
        found = json.loads((place / FILE).read_text(encoding="utf-8"))
        return Decision(**found | {"tried": tuple(Tried(**each) for each in found["tried"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget(place: Path) -> None:
    """As if nothing had been decided."""
    (place / FILE).unlink(missing_ok=True)


def clear(place: Path) -> None:
    """Removes all that a proof left there; who waits for its lock goes on waiting."""
    for each in place.iterdir() if place.exists() else ():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != LOCK:
            each.unlink(missing_ok=True)


def write(place: Path, decision: Decision) -> None:
    """At once, so that nobody reads half of it."""
    place.mkdir(parents=True, exist_ok=True)
    half = place / f"{FILE}.new"
    half.write_text(json.dumps(asdict(decision), indent=1), encoding="utf-8")
    half.replace(place / FILE)
