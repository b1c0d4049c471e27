"""Folders that look like models; nothing opens their weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SHA = "0123456789abcdef0123456789abcdef01234567"
CARD = "---\npipeline_tag: {tag}\n---\n# A model\n"


def content(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def files(tag: str = "fill-mask", **more: Any) -> dict[str, bytes]:
    """The files of a small model; `more` maps names (with `__` for a dot) to contents."""
    plain: dict[str, Any] = {
        "README.md": CARD.format(tag=tag),
        "config.json": {"architectures": ["BertForMaskedLM"], "model_type": "bert"},
        "model.safetensors": b"weights of a model",
    }
    plain |= {name.replace("__", "."): value for name, value in more.items()}
    return {name: content(value) for name, value in plain.items()}


def lay(folder: Path, named: Mapping[str, Any]) -> Path:
    """Writes files into a folder."""
    for name, value in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(value))
    return folder


def cached(cache: Path, id: str, named: Mapping[str, Any], commit: str = SHA, **refs: str) -> Path:
    """Writes a snapshot as huggingface_hub does; without `refs`, `main` points to it."""
    repo = cache / ("models--" + id.replace("/", "--"))
    lay(repo / "blobs", {f"{commit}-{n.replace('/', '-')}": v for n, v in named.items()})
    snapshot = repo / "snapshots" / commit
    for name in named:
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(repo / "blobs" / f"{commit}-{name.replace('/', '-')}")
    for ref, target in (refs or {"main": commit}).items():
        lay(repo / "refs", {ref: target})
    return snapshot
