"""A result to what the page shows, by the kind of the output."""

import json
from typing import Any

from components import texts
from components.views import (
    answers,
    bars,
    depths,
    films,
    gallery,
    marks,
    plots,
    points,
    seen,
    solids,
    sounds,
    tables,
    words,
)
from components.views.view import View, html, unseen
from pipelines.kinds.distances import flat

MOST_JSON = 200_000  # characters of raw JSON on the page; the API gives all
MOST_BLOB = 60  # characters of a file in base64
MOST_NUMBERS = 1_000  # in rows and columns of an object
BLOBS = ("blob", "mask", "depth")  # what a file in base64 is called

VIEWS = {
    "labels": View(html, bars.labels),
    "scores": View(html, bars.scores),
    "ranks": View(html, answers.ranks),
    "guesses": View(html, answers.guesses),
    "places": View(html, answers.places),
    "decisions": View(html, bars.decisions),
    "fills": View(html, bars.fills),
    "spans": View(html, marks.spans),
    "answers": View(html, marks.answers),
    "table": View(html, tables.table),
    "cells": View(html, tables.cells),
    "vector": View(html, plots.vector),
    "forecast": View(html, plots.forecast),
    "segments": View(html, sounds.segments),
    "tracks": View(html, sounds.tracks),
    "images": View(html, gallery.gallery, grow=gallery.growing, again=gallery.first),
    "boxes": View(html, seen.boxes),
    "masks": View(html, seen.masks),
    "depth": View(html, depths.depth),
    "keypoints": View(html, points.keypoints),
    "matches": View(html, points.matches),
    "audio": View(sounds.player, sounds.audio, grow=unseen),
    "video": View(html, films.video, grow=gallery.growing),
    "solid": View(solids.stage, solids.solid, grow=unseen),
    "text": View(words.textbox, words.text),
    "message": View(words.chatbot, words.message, words.turns, words.growing),
}


def raw(value: Any) -> str:
    """The result as the API sends it, indented; numbers of long lists side by side."""
    indent = None if is_numbers(value) else 2
    written = json.dumps(short(value), ensure_ascii=False, indent=indent)
    if len(written) <= MOST_JSON:
        return written
    return f"{written[:MOST_JSON]}\n{texts.here()('views.cut')}"


def is_numbers(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not isinstance(flat(value)[0], dict | str)


def short(value: Any) -> Any:
    """`value` with its files told, not written out: bytes are sent as the body itself."""
    if isinstance(value, bytes):
        return texts.here()("views.bytes", n=f"{len(value):,}")
    if isinstance(value, dict):
        return {name: shortened(name, each) for name, each in value.items()}
    return list(map(short, value)) if isinstance(value, list) and not is_numbers(value) else value


def shortened(name: str, value: Any) -> Any:
    """One field of an object: a file's first characters, or how many numbers there are."""
    if name in BLOBS and isinstance(value, str):
        return blob(value)
    if is_numbers(value) and isinstance(value[0], list) and len(flat(value)) > MOST_NUMBERS:
        size = {"rows": f"{len(value):,}", "columns": f"{len(value[0]):,}"}
        return texts.here()("views.matrix", **size)
    return short(value)


def blob(text: str) -> str:
    if len(text) <= MOST_BLOB:
        return text
    return texts.here()("views.blob", start=text[:MOST_BLOB], n=f"{len(text):,}")
