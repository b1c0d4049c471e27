"""The files of a model's folder: their names, sizes and times, without opening any."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.unserved import REPLAY

# Any of these at the top of a folder makes it a model's folder
MARKS = (
    "config.json", "model_index.json", "modules.json", "handler.py", "adapter_config.json", REPLAY,
)  # fmt: skip
WEIGHTS = (".safetensors", ".gguf", ".skops")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")

Files = Mapping[str, tuple[int, int]]  # path in the folder -> size in bytes, mtime in ns


def is_model(folder: Path) -> bool:
    """Whether `folder` itself holds a model, rather than folders of models."""
    if any(os.path.isfile(folder / mark) for mark in MARKS):
        return True
    try:
        return any(name.endswith(WEIGHTS + PICKLES) for name in os.listdir(folder))
    except OSError:
        return False


def listing(folder: Path) -> Files:
    """Every file below `folder` that can be opened; hidden folders and dead links are left out."""
    return dict(sorted(walk(str(folder), "")))


def walk(folder: str, prefix: str) -> Iterator[tuple[str, tuple[int, int]]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith((".", "__")):
                yield from walk(entry.path, f"{prefix}{entry.name}/")
        elif (stat := file_stat(entry)) is not None:
            yield prefix + entry.name, (stat.st_size, stat.st_mtime_ns)


def file_stat(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return entry.stat() if entry.is_file() else None
    except OSError:
        return None


def stamp(files: Files) -> str:
    """A revision for a folder that has none: it changes when any file of it does."""
    rows = [f"{name}\0{size}\0{mtime}\n" for name, (size, mtime) in sorted(files.items())]
    return "local-" + hashlib.sha256("".join(rows).encode("utf-8", "replace")).hexdigest()[:12]
