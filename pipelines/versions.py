"""Which versions answer here: of Tagline, and of the libraries that a model needs."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
USUAL = ("transformers", "torch")
PACKAGES = {"sklearn": "scikit-learn", "gguf": "llama-cpp-python"}  # of a Hub library's name


@cache
def versions(library: str | None) -> Mapping[str, str]:
    """By name; what is not installed stays out."""
    wanted = dict.fromkeys((*USUAL, PACKAGES.get(library or "", library or "")))
    found = {name: installed(name) for name in wanted if name}
    return MappingProxyType({"tagline": own()} | {n: v for n, v in found.items() if v})


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def own() -> str:
    about = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    return str(about["project"]["version"])
