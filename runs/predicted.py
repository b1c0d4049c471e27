"""A result as one plain value, by the kind of the output: what is shown and counted."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import is_media

MOST_RANKED = 50
MOST_TEXT = 4_000  # characters of a predicted text that are kept
MOST_JSON = 20_000  # of the whole result
MOST_BLOB = 200  # of a text inside it that is no text: a file in base64
BLOBS = ("blob", "mask", "depth", "content")
Ranked = list[tuple[str, float]]


@dataclass(frozen=True)
class Predicted:
    """`value` is a text or a number; `score` how sure the model is of it; `ranked` what it found
    possible, the best first, each with its score."""

    value: str | float | None
    score: float | None = None
    ranked: tuple[tuple[str, float], ...] = ()


def predicted(kind: OutputKind, value: Any) -> Predicted:
    return READ.get(kind.name, other)(kind, value)


def best(ranked: Ranked) -> Predicted:
    kept = tuple(ranked[:MOST_RANKED])
    return Predicted(kept[0][0], kept[0][1], kept) if kept else Predicted(None)


def labels(kind: OutputKind, value: Any) -> Predicted:
    return best([(str(each["label"]), float(each["score"])) for each in value])


def fills(kind: OutputKind, value: Any) -> Predicted:
    first = value[0] if value and isinstance(value[0], list) else value
    return best([(str(each["token_str"]).strip(), float(each["score"])) for each in first])


def ranks(kind: OutputKind, value: Any) -> Predicted:
    """Candidates by their numbers, from 0, as the result has them."""
    return best([(str(each["index"]), float(each["score"])) for each in value])


def scores(kind: OutputKind, value: Any) -> Predicted:
    """One number stands for itself; of several the numbers of the candidates, the best first."""
    if len(value) == 1:
        return Predicted(float(value[0]), float(value[0]))
    order = sorted(range(len(value)), key=lambda at: -value[at])
    return best([(str(at), float(value[at])) for at in order])


def table(kind: OutputKind, value: Any) -> Predicted:
    cell = value[0] if value else None
    if not isinstance(cell, dict):
        return Predicted(plain(cell))
    likely = sorted(cell["probabilities"].items(), key=lambda each: -each[1])
    found = best([(str(name), float(score)) for name, score in likely])
    return Predicted(plain(cell["label"]), found.score, found.ranked)


def plain(cell: Any) -> str | float | None:
    if isinstance(cell, bool):
        return str(cell)
    return cell if cell is None or isinstance(cell, int | float) else str(cell)


def answers(kind: OutputKind, value: Any) -> Predicted:
    found = value[0] if isinstance(value, list) and value else value
    if not isinstance(found, dict):
        return Predicted(None)
    return Predicted(str(found["answer"])[:MOST_TEXT], found.get("score"))


def words(kind: OutputKind, value: Any) -> Predicted:
    return Predicted(kind.text(value)[:MOST_TEXT])


def decisions(kind: OutputKind, value: Any) -> Predicted:
    """Of several questions the first."""
    first: dict[str, Any] = next(iter(value.values()), {})
    found = first.get("choice", first.get("noul", first.get("score")))
    likely = sorted((first.get("probabilities") or {}).items(), key=lambda each: -each[1])
    return Predicted(plain(found), first.get("confidence"), tuple(likely[:MOST_RANKED]))


def parts(kind: OutputKind, value: Any) -> Predicted:
    """What was found in a text, a picture or a recording, by the names of its parts."""
    found = value.get("segments", []) if isinstance(value, dict) else value
    named = (name(each) for each in found)
    return Predicted(", ".join(each for each in named if each)[:MOST_TEXT])


def name(part: Any) -> str:
    said = part.get("entity_group") or part.get("entity") or part.get("label") or ""
    return f"{said}: {part['word']}" if "word" in part else str(said)


def other(kind: OutputKind, value: Any) -> Predicted:
    """What has no plain value: a picture, a vector."""
    return Predicted(None)


READ: dict[str, Callable[[OutputKind, Any], Predicted]] = {
    "labels": labels,
    "fills": fills,
    "ranks": ranks,
    "scores": scores,
    "table": table,
    "answers": answers,
    "guesses": answers,
    "places": answers,
    "cells": answers,
    "text": words,
    "message": words,
    "decisions": decisions,
    "spans": parts,
    "boxes": parts,
    "masks": parts,
    "segments": parts,
    "tracks": parts,
}


def written(value: Any) -> str:
    """The result as JSON without its files, and no longer than a row may be."""
    text = json.dumps(without_files(value), ensure_ascii=False, default=str)
    return text if len(text) <= MOST_JSON else json.dumps({"cut": text[:MOST_JSON]})


def without_files(value: Any) -> Any:
    if is_media(value):
        return {"mime": value["mime"], "bytes": len(value["content"])}
    if isinstance(value, dict):
        return {key: shortened(key, each) for key, each in value.items()}
    return [without_files(each) for each in value] if isinstance(value, list | tuple) else value


def shortened(key: str, value: Any) -> Any:
    if key in BLOBS and isinstance(value, str) and len(value) > MOST_BLOB:
        return f"{len(value)} characters"
    return without_files(value)
