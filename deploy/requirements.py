"""The packages that a model needs elsewhere: lines of our own requirements.txt, never others."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

from deploy.parts import ROOT
from pipelines.model import HANDLER, Model

FILE = ROOT / "requirements.txt"
ZERO = "<2.12"  # of torch: the newest that ZeroGPU runs, by the Spaces documentation
TENSORS = ("transformers", "sentence-transformers", "diffusers", "timm")
# What only models of these libraries need. A package that is not named here goes along with all.
ONLY_FOR = {
    "torch": TENSORS,
    "transformers": TENSORS,
    "accelerate": TENSORS,
    "safetensors": TENSORS,
    "openvino": TENSORS,
    "openvino-genai": ("transformers",),
    "sentencepiece": TENSORS,
    "protobuf": TENSORS,
    "tiktoken": TENSORS,
    "gguf": ("transformers",),
    "llguidance": ("transformers",),
    "greenlet": ("transformers", "diffusers"),
    # Embedding with a model of transformers goes through it as well.
    "sentence-transformers": ("transformers", "sentence-transformers"),
    "diffusers": ("diffusers",),
    "scikit-learn": ("sklearn",),
    "skops": ("sklearn",),
    "soundfile": (),  # for models with code of their own
    "pyarrow": (),  # these three belong to the page of data sets
    "openpyxl": (),
    "jiwer": (),
}


def lines(model: Model, zero: bool = False) -> list[str]:
    """Requirements, one a line. `zero` holds torch to what ZeroGPU runs."""
    code = model.library == HANDLER
    own = of_code(model.path) if code else set()
    ours = {name: each for name, each in read(FILE).items() if wanted(name, model, own)}
    found = (read(model.path / "requirements.txt") if code else {}) | ours
    return [*map(held, found.values()), "spaces"] if zero else list(found.values())


def wanted(name: str, model: Model, imported: set[str]) -> bool:
    return name not in ONLY_FOR or model.library in ONLY_FOR[name] or name in imported


def held(line: str) -> str:
    found = Requirement(line)
    return f"{line},{ZERO}" if plain(found.name) == "torch" else line


def read(path: Path) -> dict[str, str]:
    """The lines of a file of requirements, if there is one, by the names of their packages."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = (each.partition("#")[0].strip() for each in text.splitlines())
    return {plain(Requirement(each).name): each for each in found if each and each[0] != "-"}


def of_code(folder: Path) -> set[str]:
    """The packages whose modules the code in `folder` imports."""
    owners = packages_distributions()
    names = {name for path in folder.rglob("*.py") for name in imports(path)}
    found = {plain(owner) for name in names for owner in owners.get(name, ())}
    # Transformers' models are made by it without being imported.
    return found | {"accelerate"} if "transformers" in found else found


def imports(path: Path) -> Iterator[str]:
    """The top names of what a file imports, in functions too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def plain(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
