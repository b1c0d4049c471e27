"""Where a model can be taken: the name of each target, and what writes its folder."""

from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deploy import bundle, docker, handler, kubernetes, parts, space
from deploy.plan import Plan
from pipelines.errors import InvalidInput

# Writes a complete folder, which is empty before. What else a target offers are keyword arguments.
Write = Callable[..., None]

TARGETS: Mapping[str, Write] = MappingProxyType(
    {
        "space": space.write,
        "docker": docker.write,
        "kubernetes": kubernetes.write,
        "handler": handler.write,
    }
)


BUNDLING = ("docker",)  # targets that hold the model's files wherever they come from
# What of Tagline goes along, where it is not all that serves a model.
PARTS: Mapping[str, tuple[str, ...]] = {"handler": (handler.PACKAGE,), "kubernetes": ()}
TEXTS = 10_000  # bytes of a few texts


def size(target: str, plan: Plan) -> int:
    """About how many bytes the folder of a target has."""
    names = PARTS.get(target, parts.PACKAGES)
    if not names:
        return TEXTS
    holds = plan.commit is None or target in BUNDLING
    files = sum(bundle.files(plan.model).values()) if holds else 0
    return files + sum(map(weight, names))


def weight(package: str) -> int:
    """Bytes of a part of Tagline, without what does not go along."""
    found = (each for each in (parts.ROOT / package).rglob("*") if each.is_file())
    return sum(each.stat().st_size for each in found if not left_out(each.relative_to(parts.ROOT)))


def left_out(path: Path) -> bool:
    return any(fnmatch(name, each) for name in path.parts for each in parts.LEFT_OUT)


def write(target: str, plan: Plan, folder: Path, force: bool = False, **options: Any) -> None:
    """Fills `folder`, which is made where it is not there.

    Raises InvalidInput where it cannot be made, or something is in it already, unless `force`
    says that this may be written over.
    """
    folder = folder.expanduser()
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file. Name a folder.")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise InvalidInput(
            f"{folder} is there already, and not empty. Name another folder, or write over its "
            "files with --force."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be made: {error.strerror}. Name another.") from error
    TARGETS[target](plan, folder, **options)
