"""What a model's folder says of it: file names, the card, and the small JSON files, unjudged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.models.frontmatter import read_card
from pipelines.models.listing import Files

MAX_JSON = 20_000_000  # bytes
MAX_GGUF_HEAD = 32_000_000  # bytes in which a GGUF file's metadata stand


@dataclass(frozen=True)
class Evidence:
    """`notes` are sentences about files that could not be read."""

    files: frozenset[str]
    card: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    modules: bool = False
    sentence_transformers: Mapping[str, Any] = field(default_factory=dict)
    diffusers: Mapping[str, Any] = field(default_factory=dict)
    chat_template: bool = False
    notes: tuple[str, ...] = ()

    def has(self, *endings: str) -> bool:
        return any(name.endswith(endings) for name in self.files)


def gather(folder: Path, files: Files) -> Evidence:
    """Reads what `folder` says. Never raises for what stands in a file."""
    card, trouble = read_card(folder / "README.md") if "README.md" in files else ({}, None)
    notes = [trouble] if trouble else []

    def read(name: str) -> Mapping[str, Any]:
        return read_json(folder / name, notes) if name in files else {}

    return Evidence(
        files=frozenset(files),
        card=card,
        config=read("config.json"),
        modules="modules.json" in files,
        sentence_transformers=read("config_sentence_transformers.json"),
        diffusers=read("model_index.json"),
        chat_template=has_chat_template(folder, files),
        notes=tuple(notes),
    )


def read_json(path: Path, notes: list[str]) -> Mapping[str, Any]:
    """The object in `path`; {} with a note if there is none that can be read."""
    try:
        value = json.loads(head(path, MAX_JSON))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        notes.append(f"{path.name} cannot be read, so it is ignored: {reason}.")
        return {}
    if not isinstance(value, dict):
        notes.append(f"{path.name} is ignored: it is not a JSON object.")
        return {}
    return value


def head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def has_chat_template(folder: Path, files: Files) -> bool:
    if "chat_template.jinja" in files or "chat_template.json" in files:
        return True
    if "tokenizer_config.json" in files:
        return bool(read_json(folder / "tokenizer_config.json", []).get("chat_template"))
    return any(gguf_chats(folder / name) for name in files if name.endswith(".gguf"))


def gguf_chats(path: Path) -> bool:
    """Whether a GGUF file's metadata hold a chat template."""
    try:
        return b"tokenizer.chat_template" in head(path, MAX_GGUF_HEAD)
    except OSError:
        return False
