"""One tiny model, and the list of all."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.registry import TASKS
from tests import zoo


@dataclass(frozen=True, eq=False)
class Tiny:
    """A model that `build` saves as its library does, and one call of it.

    `body` is what the HTTP route takes; `direct` answers it in the wire shape, by the library's own
    model and processor and nothing of ours.
    """

    tag: str
    architecture: str
    build: Callable[[Path], None]
    body: Mapping[str, Any] = field(hash=False)
    direct: Callable[[Path], Any]

    @property
    def name(self) -> str:
        return f"{self.tag}-{self.architecture}"


def every() -> list[Tiny]:
    """All of them, by tag."""
    files = {module.name for module in pkgutil.iter_modules(zoo.__path__)}
    names = [name for tag in TASKS if (name := tag.replace("-", "_")) in files]
    return [tiny for name in names for tiny in importlib.import_module(f"tests.zoo.{name}").TINY]
