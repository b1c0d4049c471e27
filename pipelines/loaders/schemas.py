"""How much work a JSON schema makes for whoever merges its parts.

A few lines can stand for an endless schema: each part is merged with each other one where `allOf`
or a word beside a `$ref` says so, and a part may name another one twice.
"""

from collections.abc import Iterator, Mapping
from typing import Any

MOST_PARTS = 5_000  # of a schema with all its references written out, where they are merged
MOST_NAMES = 150  # references to different parts: a chain of them is followed all at once
MOST_PATTERNS = 50  # names given by patterns: each is compared with each other
# What says nothing about a value
ASIDE = frozenset(
    {"$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default",
     "examples", "deprecated", "readOnly", "writeOnly", "discriminator", "x-guidance"}
)  # fmt: skip
CHOICES = ("$ref", "anyOf", "oneOf")


def check_work(schema: Mapping[str, Any]) -> None:
    """Raises ValueError for a schema that takes too long to read."""
    nodes = list(objects(schema))
    patterns = sum(len(held) for each in nodes if isinstance(
        held := each.get("patternProperties"), Mapping))  # fmt: skip
    if patterns > MOST_PATTERNS:
        raise ValueError(f"has {patterns} patternProperties; at most {MOST_PATTERNS} are allowed")
    names = {each["$ref"] for each in nodes if isinstance(each.get("$ref"), str)}
    if len(names) > MOST_NAMES:
        raise ValueError(f"refers to {len(names)} parts; at most {MOST_NAMES} are allowed")
    if any(map(merges, nodes)) and Parts(schema).count() > MOST_PARTS:
        raise ValueError(
            f"grows to more than {MOST_PARTS:,} parts where allOf, or words beside a $ref, merge "
            "them; name fewer parts, or write them out"
        )


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a JSON value, itself among them."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def merges(node: Mapping[str, Any]) -> bool:
    """Whether several parts of a schema hold for the same value."""
    asserts = node.keys() - ASIDE
    beside = len(asserts) > 1 and any(word in asserts for word in CHOICES)
    return beside or "allOf" in node or "patternProperties" in node


class Parts:
    """Counts the objects of a schema with its references inside written out; a circle once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.known: dict[str, int] = {}

    def count(self) -> int:
        return self.of({key: each for key, each in self.schema.items() if key not in
                        ("$defs", "definitions")})  # fmt: skip

    def of(self, value: Any) -> int:
        inside = list(objects(value))
        names = [each["$ref"] for each in inside if isinstance(each.get("$ref"), str)]
        return len(inside) + sum(self.named(name) for name in names)

    def named(self, name: str) -> int:
        if name not in self.known:
            self.known[name] = 1  # for whoever comes here again from within
            self.known[name] = self.of(self.found(name))
        return self.known[name]

    def found(self, name: str) -> Any:
        value: Any = self.schema
        for part in name.removeprefix("#").split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            value = value.get(part) if isinstance(value, Mapping) else None
        return value
