"""Whether a snapshot that others downloaded has all its files: libraries fetch them one by one."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.models.listing import PICKLES, WEIGHTS, Files
from pipelines.unserved import REPLAY


def looks_whole(folder: Path, files: Files) -> bool:
    """Judged from the weights, their indexes and a pipeline's parts; nothing large is read."""
    if REPLAY in files:
        return True
    if not any(name.endswith(WEIGHTS + PICKLES) for name in files):
        return False
    indexes = [n for n in files if n.endswith((".safetensors.index.json", ".bin.index.json"))]
    if indexes and not any(has_shards(folder, name, files) for name in indexes):
        return False
    return has_parts(folder, files)


def has_shards(folder: Path, index: str, files: Files) -> bool:
    """Whether every file that a weights index names is here."""
    shards = load(folder / index).get("weight_map")
    parent = PurePosixPath(index).parent
    names = {str(parent / str(shard)) for shard in shards.values()} if shards else set()
    return bool(names) and names <= files.keys()


def has_parts(folder: Path, files: Files) -> bool:
    """Whether every part that a diffusers pipeline names has files."""
    if "model_index.json" not in files:
        return True
    parts = [
        key
        for key, value in load(folder / "model_index.json").items()
        if not key.startswith("_") and isinstance(value, list) and value[-1:] != [None]
    ]
    return all(any(name.startswith(f"{part}/") for name in files) for part in parts)


def load(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
