"""Gradio without two things that it does whenever it is imported, and that nobody here needs.

It writes type stubs of its own components, for editors: the source of every component is parsed,
and compared with a file beside it. And it loads the library of its MCP server, which never runs
here, since `api/mcp.py` is ours; `/mcp` loads that library with its first call. Both together are
nearly half of what its import takes.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

WRITER, FUNCTION = "gradio.component_meta", "create_or_modify_pyi"
SPARED = "mcp"


@contextmanager
def sparing() -> Iterator[None]:
    """What imports gradio inside does neither."""
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class Finder(MetaPathFinder):
    """Finds the module that writes stubs as it is found anyway, says that there is no MCP, and
    leaves everything else to others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == SPARED:
            raise ModuleNotFoundError(f"No module named {fullname!r} yet", name=fullname)
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
