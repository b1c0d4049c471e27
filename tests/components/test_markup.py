"""Whatever a model or a caller says, no view makes markup of it."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components import outputs, pad
from components.views.view import html
from pipelines.forms import Picture as OnePicture
from pipelines.kinds.outputs import Labels, output_kind
from pipelines.media import Picture
from pipelines.pictures import base64_png
from pipelines.slots import Slot
from pipelines.task import Inputs
from tests.pipelines.media import saved

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
KIND = output_kind(Labels)
PNG = saved(Image.new("RGB", (8, 8)))
MASK = base64_png(Image.new("L", (8, 8), 255))
BOX = {"xmin": 0, "ymin": 0, "xmax": 4, "ymax": 4}
JOINT = {"x": 0.0, "y": 0.0, "score": 0.5, "label": EVIL}


class Given(Inputs):
    """A text, a list of texts and a table, all of them evil."""

    text: str = EVIL
    texts: list[str] = [EVIL]
    table: dict[str, list[Any]] = {EVIL: [EVIL, 1.5]}


class Reader(HTMLParser):
    """Names of elements and attributes, and what stands in them and between them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.words: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}
        self.words += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def span(**more: Any) -> dict[str, Any]:
    return {"entity_group": EVIL, "word": EVIL, "score": 0.5, "start": 0, "end": 3, **more}


WORDS: dict[str, Any] = {
    "labels": [{"label": EVIL, "score": 0.5}],
    "scores": [0.5],
    "ranks": [{"index": 0, "score": 0.5}],
    "guesses": [{"answer": EVIL, "score": 0.5}],
    "decisions": {
        EVIL: {"type": "choice", "choice": EVIL, "probabilities": {EVIL: 1.0}},
    },
    "fills": [[{"sequence": EVIL, "score": 0.5, "token_str": EVIL}]],
    "spans": [span()],
    "answers": {"answer": EVIL, "score": 0.5, "start": 0, "end": len(EVIL)},
    "table": [{"label": EVIL, "probabilities": {EVIL: 1.0}}] * 2,
    "cells": {"answer": EVIL, "aggregator": EVIL, "coordinates": [(0, 0)]},
    "forecast": {"forecast": {EVIL: [1.0, 2.0]}},
    "segments": {
        "segments": [{"label": EVIL, "start": 0.0, "end": 1.0}],
        "duration": 1.0,
        "waveform": [1.0],
    },
    "tracks": [{"label": EVIL, "content-type": "audio/flac", "blob": "eA=="}],
    "images": [{"content": PNG, "mime": "image/png"}] * 2,
}
SIGHTS: dict[str, Any] = {
    "boxes": [{"label": EVIL, "score": 0.5, "box": BOX}],
    "masks": [{"label": EVIL, "score": 0.5, "mask": MASK}],
    "places": [{"answer": EVIL, "score": 0.5, "boxes": [BOX]}],
    "keypoints": [{"keypoints": [JOINT]}],
}  # fmt: skip
BARE = ("vector", "depth", "matches", "video")  # numbers and files alone, nothing written


def assert_harmless(markup: str) -> None:
    read = Reader(markup)
    assert any(EVIL in words for words in read.words)  # it is there, as it was said
    assert not read.names & {"script", "onerror"}


def test_every_view_is_tried() -> None:
    drawn = {name for name, view in outputs.VIEWS.items() if view.make is html}
    assert drawn == {*WORDS, *SIGHTS, *BARE}


@pytest.mark.parametrize("kind", WORDS)
def test_words_are_never_markup(kind: str) -> None:
    assert_harmless(outputs.VIEWS[kind].show(WORDS[kind], Given(), KIND))


@pytest.mark.parametrize("kind", SIGHTS)
def test_what_is_seen_is_never_markup(kind: str) -> None:
    inputs = OnePicture.model_construct(image=Picture(PNG, 1_000))
    assert_harmless(outputs.VIEWS[kind].show(SIGHTS[kind], inputs, KIND))


def test_spans_without_places_are_never_markup() -> None:
    assert_harmless(outputs.VIEWS["spans"].show([span(start=None, end=None)], Given(), KIND))


def test_the_name_of_a_pad_is_never_markup() -> None:
    assert_harmless(pad.template(Slot("mask", "mask", True, None, EVIL)))
