"""What an answer says in short, by the kind of the output: who says the same agrees."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pipelines.kinds.outputs import OutputKind

MOST = 80  # characters that are told; a longer answer is compared whole and shown in its cell


@dataclass(frozen=True)
class Head:
    """`key` is equal for equal answers; `text` is what is told of them, empty where there are no
    short words for it."""

    key: str
    text: str = ""


def best(rows: Any, name: str) -> str:
    """The row with the highest score; without scores the first."""
    return str(max(rows, key=lambda row: row.get("score") or 0)[name]) if rows else ""


def order(scores: Iterable[float]) -> str:
    """Which item comes first, second, ..., counted from 1."""
    ranked = sorted(enumerate(scores, 1), key=lambda each: -each[1])
    return " > ".join(str(place) for place, _ in ranked)


def counted(labels: Iterable[str]) -> str:
    return ", ".join(f"{count} × {label}" for label, count in sorted(Counter(labels).items()))


def ranks(value: Any) -> str:
    return " > ".join(str(row["index"] + 1) for row in value)


def decisions(value: Any) -> str:
    return ", ".join(f"{name}: {decided(each)}" for name, each in value.items())


def decided(answer: Any) -> str:
    if "noul" in answer:
        return "yes" if answer["noul"] >= 0.5 else "no"
    chances = answer["probabilities"]
    return str(answer.get("choice") or max(chances, key=chances.__getitem__))


def fills(value: Any) -> str:
    masks = value if value and isinstance(value[0], list) else [value]
    return ", ".join(best(mask, "token_str").strip() for mask in masks)


def spans(value: Any) -> str:
    return ", ".join(f"{s['word']} ({s.get('entity_group') or s.get('entity')})" for s in value)


def answers(value: Any) -> str:
    return best(value if isinstance(value, list) else [value], "answer")


def column(value: Any) -> str:
    return ", ".join(str(row["label"] if isinstance(row, dict) else row) for row in value)


def labels_of(value: Any) -> str:
    return counted(str(row["label"]) for row in value)


HEADS: dict[str, Callable[[Any], str]] = {
    "labels": lambda value: best(value, "label"),
    "scores": order,
    "ranks": ranks,
    "guesses": answers,
    "places": answers,
    "answers": answers,
    "cells": lambda value: str(value["answer"]),
    "decisions": decisions,
    "fills": fills,
    "spans": spans,
    "table": column,
    "boxes": labels_of,
    "masks": labels_of,
    "segments": lambda value: counted(each["label"] for each in value["segments"]),
}
WRITTEN = ("text", "message")  # kinds whose result is words, which can be marked


def head(kind: OutputKind, value: Any) -> Head:
    """What `value` says; where there are no words for that, equal values alone are the same."""
    if kind.name in WRITTEN:
        said = " ".join(kind.text(value).split())
    elif kind.name in HEADS:
        said = HEADS[kind.name](value)
    else:
        return Head(sha256(repr(value).encode()).hexdigest())
    return Head(said, said if len(said) <= MOST else "")
