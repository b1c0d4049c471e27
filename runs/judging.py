"""Whether a predicted value is what the label says."""

import re
import string
from collections.abc import Mapping
from typing import Any

from runs.predicted import Predicted

EXACT = ("text", "message", "answers", "guesses", "places", "cells")  # kinds whose value is words
NEAR = 1e-9
PUNCTUATION = str.maketrans("", "", string.punctuation)


def label_text(cell: Any, known: Mapping[str, str]) -> str | None:
    """A label as the model calls it: numbers of classes and beginnings of names are put in its
    words, so that 1, LABEL_1 and pos are all POSITIVE. None for a cell without one."""
    text = written(cell)
    if not text or not known:
        return text or None
    if (number := re.sub(r"^label_", "", text.lower())) in known:
        return known[number]
    names = list(dict.fromkeys(known.values()))
    alike = [name for name in names if name.lower() == text.lower()]
    begun = [name for name in names if name.lower().startswith(text.lower())]
    found = alike or (begun if len(text) >= 3 else [])
    return found[0] if len(found) == 1 else text


def written(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, list | tuple):
        return written(cell[0]) if cell else ""
    if isinstance(cell, dict):  # SQuAD has its answers as {"text": [...], "answer_start": [...]}
        return written(cell.get("text", ""))
    return "" if cell is None else str(cell).strip()


def is_right(kind: str, found: Predicted, label: str | None) -> bool | None:
    """None where there is no label, or no value to compare with it."""
    if label is None or found.value is None:
        return None
    if kind in EXACT:
        return normal(str(found.value)) == normal(label)
    mine, theirs = as_number(found.value), as_number(label)
    if mine is not None and theirs is not None:
        return abs(mine - theirs) <= NEAR * max(1.0, abs(theirs))
    return written(found.value).casefold() == label.casefold()


def as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def normal(text: str) -> str:
    """Words in small letters without punctuation, as answers and transcripts are compared."""
    return " ".join(text.casefold().translate(PUNCTUATION).split())
