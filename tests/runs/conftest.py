"""A run over real records and models on board, whose loaded model a test steers."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ModelFailed
from runs.about import Feed, Plan
from runs.kept import Kept, Shelf
from tests.conftest import EMBEDDER

TASK = "sentence-similarity"


class Similar:
    """In place of a loaded embedder: as many letters as both texts have together."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.door = threading.Event()
        self.door.set()

    def similarities(self, asked: list[tuple[str, list[str]]]) -> list[list[float]]:
        return [self.similarity(*each) for each in asked]

    def similarity(self, text: str, others: list[str]) -> list[float]:
        assert self.door.wait(60)
        self.seen.append(text)
        if text.startswith("bad"):
            raise ModelFailed("This text broke the model.")
        return [float(len(text) + len(other)) for other in others]


@pytest.fixture
def similar() -> Iterator[Similar]:
    made = Similar()
    yield made
    made.door.set()  # no thread outlives its test


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "datasets", 3, 100_000_000, 1_000_000)


Keep = Callable[..., Kept]


@pytest.fixture
def keep(shelf: Shelf) -> Keep:
    """A data set of texts, one a row."""

    def keep(texts: list[str], owner: str = "me") -> Kept:
        lines = "".join(f"{text},{len(text) + 1}\n" for text in texts)
        place: Any = lambda path: path.write_text(f"text,label\n{lines}")  # noqa: E731
        return shelf.add("texts.csv", owner, place, 1_000)

    return keep


def plan(revision: str, rows: int, **more: Any) -> Plan:
    feeds = {"source_sentence": Feed(column="text"), "sentences": Feed(value=["x"])}
    return Plan(model=EMBEDDER, revision=revision, task=TASK, feeds=feeds, label="label", rows=rows,
                **more)  # fmt: skip
