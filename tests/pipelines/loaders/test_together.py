"""Inputs of several callers in one run: to each the answer and the count of a run of its own."""

import asyncio
from typing import Any

import pytest

from pipelines import notices, usage
from pipelines.engine.call import Answer, Call
from pipelines.engine.engine import Engine
from pipelines.engine.events import Event, Ran
from pipelines.engine.inline import Inline
from pipelines.errors import InvalidInput, NotTogether
from pipelines.kinds.outputs import output_kind
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.loaders.conftest import Find, Loaded
from tests.zoo.seen import encoded, scene

LIKE = 1e-4  # of two answers, as their kind measures it
TEXTS = ["the quick fox", "a", "a lazy dog jumps over the fox"]
LABELS = [["fox", "dog"], ["lazy", "quick", "brown"], ["a"]]
SIZES = [(48, 40), (20, 60), (48, 40), (64, 64)]
ROWS: dict[str, list[Any]] = {
    "sentence-similarity": [
        {"source_sentence": text, "sentences": some}
        for text, some in zip(TEXTS, LABELS, strict=True)
    ],
    "text-ranking": [
        {"query": text, "texts": [*some, "a brown dog"]}
        for text, some in zip(TEXTS, LABELS, strict=True)
    ],
    "zero-shot-classification": [
        {"text": text, "candidate_labels": some} for text, some in zip(TEXTS, LABELS, strict=True)
    ],
    "image-classification": [encoded(scene(*size, turn)) for turn, size in enumerate(SIZES)],
    "image-feature-extraction": [encoded(scene(*size, turn)) for turn, size in enumerate(SIZES)],
}
CASES = [
    ("sentence-similarity", "encoder"),
    ("text-ranking", "encoder"),
    ("text-ranking", "reranker"),
    ("zero-shot-classification", "judge"),
    ("image-classification", "vit"),
    ("image-feature-extraction", "vit"),
]


def read(tag: str, row: Any, **parameters: Any) -> Any:
    return TASKS[tag].read({"inputs": row, "parameters": parameters}, Limits())


@pytest.mark.parametrize(("tag", "name"), CASES)
def test_answers_and_counts_are_those_of_a_run_alone(loaded: Loaded, tag: str, name: str) -> None:
    task, pipe = TASKS[tag], loaded(tag, name)
    asked = [read(tag, row) for row in ROWS[tag]]
    inputs = [each.inputs[0] for each in asked]
    with usage.counted() as counted, notices.heard(notices.apart):
        together = task.run(pipe, inputs, asked[0].params)
    alone, rows = [], []
    for each in inputs:
        with usage.counted() as tokens:
            alone += task.run(pipe, [each], asked[0].params)
        rows.append(tokens.read)
    assert len(together) == len(alone) == len(inputs)
    distance = output_kind(task.output).distance
    assert max(map(distance, alone, together)) < LIKE
    assert counted.read == sum(rows)
    assert counted.rows == (rows if sum(rows) else [])
    assert task.together > 1


async def calls(engine: Engine, *asked: Call) -> list[Any]:
    """What becomes of calls that all come before the model is there."""
    return await asyncio.gather(*map(engine.predict, asked), return_exceptions=True)


@pytest.mark.parametrize(("tag", "name"), CASES)
async def test_callers_that_come_at_once_share_a_run(find: Find, tag: str, name: str) -> None:
    engine, heard = Engine(Inline(), HARDWARE), list[Event]()
    engine.listeners.append(heard.append)
    asked = [read(tag, row) for row in ROWS[tag]]
    made = [Call(TASKS[tag], find(name), each.inputs, each.params) for each in asked]
    found = await calls(engine, *made)
    await engine.close()
    assert all(isinstance(each, Answer) for each in found), found
    assert max(len(each.call.inputs) for each in heard if isinstance(each, Ran)) > 1
    if tag == "text-ranking":
        lengths = [len(each.values[0]) for each in found]
        assert lengths == [len(row["texts"]) for row in ROWS[tag]]


async def test_a_picture_that_cannot_be_seen_is_its_sender_s_alone(find: Find) -> None:
    tag = "image-classification"
    engine = Engine(Inline(), HARDWARE)
    rows = [encoded(scene()), encoded(scene(1, 400)), encoded(scene(30, 30))]
    asked = [read(tag, row) for row in rows]
    found = await calls(
        engine, *(Call(TASKS[tag], find("vit"), each.inputs, each.params) for each in asked)
    )
    await engine.close()
    assert isinstance(found[1], InvalidInput)
    assert "1 x 400" in str(found[1])
    assert all(isinstance(found[at], Answer) for at in (0, 2))


def test_a_text_that_is_cut_is_told_to_its_sender_alone(loaded: Loaded) -> None:
    """Before the model works in vain: then each is asked by itself."""
    tag = "sentence-similarity"
    long = {"source_sentence": "fox " * 400, "sentences": ["dog"]}
    inputs = [read(tag, row).inputs[0] for row in (*ROWS[tag], long)]
    with pytest.raises(NotTogether), notices.heard(notices.apart):
        TASKS[tag].run(loaded(tag, "encoder"), inputs, read(tag, long).params)


def test_pictures_of_a_run_that_fails_are_looked_at_one_by_one(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = "image-classification"
    pipe, task = loaded(tag, "vit"), TASKS[tag]
    inputs = [read(tag, row).inputs[0] for row in ROWS[tag]]
    params = read(tag, ROWS[tag][0]).params
    right, forward, sizes = task.run(pipe, inputs, params), pipe.forward, list[int]()

    def frail(given: Any) -> Any:
        sizes.append(len(given["pixel_values"]))
        if sizes[-1] > 1:
            raise RuntimeError("too much at once")
        return forward(given)

    monkeypatch.setattr(pipe, "forward", frail)
    found = task.run(pipe, inputs, params)
    assert max(map(output_kind(task.output).distance, right, found)) < LIKE
    assert sizes[0] == len(inputs)
    assert set(sizes[1 : 1 + len(inputs)]) == {1}


def test_processors_that_keep_sizes_apart_are_heard(loaded: Loaded) -> None:
    """Pictures of different shapes never meet in one tensor."""
    import torch

    from pipelines.loaders.glances import batches

    small, large = ({"pixel_values": torch.zeros(1, 3, side, side)} for side in (8, 16))
    odd = {"pixel_values": torch.zeros(1, 3, 8, 8), "sizes": [(8, 8)]}
    assert list(batches([small, large, small, odd, odd])) == [[0, 2], [1], [3], [4]]
    assert [len(each) for each in batches([small] * 20)] == [16, 4]
