"""The YAML block at the head of a model card, read without trusting it."""

import math
import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BLOCK = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
MAX_CARD = 4_000_000  # bytes; cards with thousands of scores take about 1 MB
MAX_DEPTH = 64  # libyaml's loader recurses in C: 100,000 nested lists end the process

Card = dict[str, Any]


class BadCard(ValueError):
    """The block cannot be used; the text says why."""


def read_card(path: Path) -> tuple[Card, str | None]:
    """The card's metadata and, where it cannot be read, a sentence saying why."""
    try:
        return parse_card(path.read_bytes()[:MAX_CARD].decode("utf-8-sig", "replace")), None
    except FileNotFoundError:
        return {}, None
    except (OSError, BadCard) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return {}, f"The model card cannot be read, so it is ignored: {reason}"


def parse_card(text: str) -> Card:
    """The metadata of a card's whole text; {} if it has none. Raises BadCard."""
    block = BLOCK.match(text)
    if block is None:
        return {}
    try:
        check(block[1])
        value = yaml.load(block[1], Loader=LOADER)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise BadCard(" ".join(str(error).split())[:300]) from error
    if not isinstance(value, dict | None):
        raise BadCard(f"its metadata is a {type(value).__name__}, not a mapping.")
    return plain(value or {})  # type: ignore[no-any-return]


def check(text: str) -> None:
    """Raises BadCard for aliases (a few lines can stand for gigabytes) and for deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise BadCard("it uses YAML aliases (*name). Write the values out.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise BadCard(f"its metadata is nested more than {MAX_DEPTH} levels deep.")


def plain(value: Any) -> Any:
    """YAML's values as JSON's: string keys; dates and infinities become text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)
