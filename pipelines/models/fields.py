"""The fields that an entry of a card's `widget:` may have, each with how it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any


class BadField(ValueError):
    """The text says what is wrong, for the card's author."""


@dataclass(frozen=True)
class Field:
    """`name` is what the field is called in an Example; `read(key, value)` raises BadField."""

    name: str
    read: Callable[[str, Any], Any]


def text(key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadField(f"{key} is a {type(value).__name__}, not a text.")
    return str(value)


def source(key: str, value: Any) -> str:
    """A web address, or the path of a file in the repository."""
    path = text(key, value)
    if path.startswith(("https://", "http://")):
        return path
    if "\\" in path or ":" in path or path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise BadField(f"{key} is neither a web address nor the path of a file in the repository.")
    return path


def texts(key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise BadField(f"{key} is a {type(value).__name__}, not a list of texts.")
    return [text(key, item) for item in value]


def labels(key: str, value: Any) -> list[str]:
    """A list of texts, or the Hub's short form of it: "a, b, c"."""
    items = texts(key, value.split(",") if isinstance(value, str) else value)
    return [item.strip() for item in items if item.strip()]


def messages(key: str, value: Any) -> list[dict[str, Any]]:
    """A chat as in the OpenAI API: a list of {role, content}."""
    whole = isinstance(value, list) and all(isinstance(each, Mapping) for each in value)
    if not value or not whole or not all({"role", "content"} <= each.keys() for each in value):
        raise BadField(f"{key} is not a list of {{role, content}}.")
    return [dict(each) for each in value]


def table(key: str, value: Any) -> dict[str, list[Any]]:
    """Columns by name, all of one length."""
    if not isinstance(value, Mapping) or not value:
        raise BadField(f"{key} is not a mapping of column names to lists.")
    if not all(isinstance(column, list) for column in value.values()):
        raise BadField(f"{key} has a column that is not a list.")
    if len({len(column) for column in value.values()}) > 1:
        raise BadField(f"{key} has columns of different lengths.")
    return dict(value)


def flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadField(f"{key} is a {type(value).__name__}, not true or false.")
    return value


FIELDS = {
    "text": Field("text", text),
    "context": Field("context", text),
    "messages": Field("messages", messages),
    "src": Field("src", source),
    "prompt": Field("prompt", text),
    "source_sentence": Field("source_sentence", text),
    "sentences": Field("sentences", texts),
    "table": Field("table", table),
    "structured_data": Field("table", table),
    "candidate_labels": Field("candidate_labels", labels),
    "multi_class": Field("multi_label", flag),
    "multi_label": Field("multi_label", flag),
}
LABELS = ("candidate_labels", "multi_label")  # on the wire these are parameters
