"""Gradio without the type stubs that it writes of its own components whenever it is imported.

They are meant for editors, and cost a fifth of the time to the first page: the source of every
component is parsed, and compared with a file beside it.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

WRITER, FUNCTION = "gradio.component_meta", "create_or_modify_pyi"


@contextmanager
def unwritten() -> Iterator[None]:
    """What imports gradio inside writes no stubs."""
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class Finder(MetaPathFinder):
    """Finds the module that writes them as it is found anyway, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != WRITER:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader:
            spec.loader = Silent(spec.loader)
        return spec


class Silent(Loader):
    """Loads that module, and takes its function's work away, if it still has one of that name."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        if hasattr(module, FUNCTION):
            setattr(module, FUNCTION, lambda *_: None)
