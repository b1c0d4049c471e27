"""Runs through the engine's front door: stopped, resumed, failing, twice at once, large."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pipelines.allowance import ANYBODY, Allowance, Client
from pipelines.errors import InvalidInput, TooLarge, TooManyCalls, Unavailable, UnknownModel
from runs import export
from runs.job import TOGETHER
from runs.kept import Kept, Shelf
from runs.ledger import Result
from runs.measured import measured
from runs.runs import Runs
from tests.api.local import inference
from tests.conftest import EMBEDDER
from tests.runs.conftest import Keep, Similar, plan

PATIENCE = 120


@pytest.fixture
async def runs(similar: Similar, shelf: Shelf) -> AsyncIterator[Runs]:
    made = Runs(inference(similar), shelf, each=2)
    yield made
    similar.door.set()
    await made.close()
    await made.inference.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.01)


def start(runs: Runs, kept: Kept, rows: int, client: Client = ANYBODY) -> None:
    runs.start(kept, plan(runs.inference.models.find(EMBEDDER).revision, rows), client)


async def ended(runs: Runs, kept: Kept) -> None:
    await until(lambda: kept.id not in runs.going)


async def test_every_row_once(runs: Runs, keep: Keep, similar: Similar) -> None:
    texts = [f"text {n}" for n in range(100)]
    kept = keep(texts)
    start(runs, kept, 100)
    await ended(runs, kept)
    found = list(kept.ledger.each())
    assert [row.number for row in found] == list(range(100))
    assert [row.shown for row in found] == texts
    assert all(row.right for row in found)
    assert sorted(similar.seen) == sorted(texts)
    assert kept.about.state == "done"


async def test_only_so_many_rows(runs: Runs, keep: Keep, similar: Similar) -> None:
    kept = keep([f"text {n}" for n in range(50)])
    start(runs, kept, 7)
    await ended(runs, kept)
    assert len(similar.seen) == 7


async def test_failed_rows_have_their_reason(runs: Runs, keep: Keep) -> None:
    kept = keep(["good", "bad one", '"with, comma",1', "fine"])
    start(runs, kept, 4)
    await ended(runs, kept)
    reasons = {row.number: row.error for row in kept.ledger.page("failed", "", 0, 9)}
    assert "broke the model" in str(reasons[1])
    assert "3 cells" in str(reasons[2])
    counts = kept.ledger.counts()
    assert (counts.done, counts.failed, counts.right) == (4, 2, 2)


async def test_stop_and_resume(runs: Runs, keep: Keep, similar: Similar) -> None:
    texts = [f"text {n}" for n in range(60)]
    kept = keep(texts)
    start(runs, kept, 60)
    await until(lambda: kept.ledger.counts().done >= 5)
    similar.door.clear()
    await until(lambda: len(similar.seen) >= 5)
    stopping = asyncio.create_task(runs.stop(kept))
    similar.door.set()
    await stopping
    now = runs.standing(kept)
    assert (now.running, now.about.state) == (False, "stopped")
    again = Runs(runs.inference, runs.shelf, each=2)  # as after a restart
    start(again, kept, 60)
    await ended(again, kept)
    assert [row.number for row in kept.ledger.each()] == list(range(60))
    # Only what was being answered when it stopped was asked again.
    assert len(similar.seen) <= 60 + TOGETHER
    assert set(similar.seen) == set(texts)


async def test_a_run_whose_server_ended(runs: Runs, keep: Keep) -> None:
    kept = keep(["a", "b"])
    kept.change(state="running", plan=plan("1", 2))
    now = runs.standing(kept)
    assert (now.running, now.about.state) == (False, "stopped")


async def test_not_twice_at_once(runs: Runs, keep: Keep, similar: Similar) -> None:
    kept = keep(["a", "b"])
    similar.door.clear()
    start(runs, kept, 2)
    with pytest.raises(Unavailable, match="going on"):
        start(runs, kept, 2)
    with pytest.raises(Unavailable, match="going on"):  # in another process too
        start(Runs(runs.inference, runs.shelf, 2), kept, 2)
    with pytest.raises(Unavailable):
        runs.shelf.remove(kept)
    similar.door.set()
    await ended(runs, kept)
    assert sorted(similar.seen) == ["a", "b"]
    with pytest.raises(InvalidInput, match="other settings"):  # from a form that stood open
        start(runs, kept, 1)


async def test_only_so_many_of_one_owner(runs: Runs, keep: Keep, similar: Similar) -> None:
    similar.door.clear()
    first, second, third = keep(["a"]), keep(["b"]), keep(["c"])
    start(runs, first, 1)
    start(runs, second, 1)
    with pytest.raises(TooManyCalls, match="2 of your runs"):
        start(runs, third, 1)
    assert third.about.state == "draft"


async def test_an_allowance_is_waited_for(runs: Runs, keep: Keep, similar: Similar) -> None:
    runs.inference.engine.allowance = Allowance("5/second")
    kept = keep([f"text {n}" for n in range(12)])
    start(runs, kept, 12, Client("somebody"))
    await ended(runs, kept)
    counts = kept.ledger.counts()
    assert (counts.done, counts.failed) == (12, 0)


async def test_a_model_that_is_gone_stops_the_run(runs: Runs, keep: Keep) -> None:
    kept = keep(["a"])
    with pytest.raises(UnknownModel):
        runs.start(kept, plan("0" * 40, 1), ANYBODY)
    assert kept.about.state == "draft"


async def test_a_parameter_that_is_wrong(runs: Runs, keep: Keep) -> None:
    revision = runs.inference.models.find(EMBEDDER).revision
    with pytest.raises(InvalidInput, match="top_k"):
        runs.start(keep(["a"]), plan(revision, 1, params={"top_k": 1}), ANYBODY)


async def test_memory_does_not_grow(runs: Runs, keep: Keep) -> None:
    """Between the first five hundred rows and the last nothing is held for a row."""
    kept = keep([f"text {n}" for n in range(1_500)])
    start(runs, kept, 1_500)
    job, _ = runs.going[kept.id]
    await until(lambda: job.pace.done >= 500)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await ended(runs, kept)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept.ledger.counts().done == 1_500
    assert after - before < 400 * 1_000  # bytes, for a thousand rows


# What is kept -----------------------------------------------------------------------------------


def test_the_oldest_goes(shelf: Shelf, keep: Keep) -> None:
    first = keep(["a"])
    others = [keep(["a"]) for _ in range(3)]
    assert [each.id for each in shelf.all()] == [each.id for each in reversed(others)]
    with pytest.raises(UnknownModel):
        shelf.get(first.id)


def test_ones_own_go_before_those_of_others(shelf: Shelf, keep: Keep) -> None:
    others = keep(["a"], owner="somebody")
    mine = [keep(["a"]) for _ in range(3)]
    assert {each.id for each in shelf.all()} == {others.id, mine[1].id, mine[2].id}


def test_no_room(shelf: Shelf, keep: Keep) -> None:
    small = replace(shelf, bytes=10)
    with pytest.raises(TooLarge):
        small.add("a.csv", "me", lambda path: None, 11)


@pytest.mark.parametrize("id", ["", "..", "../../etc", "a" * 30, "a/b" * 9])
def test_what_is_no_run(shelf: Shelf, id: str) -> None:
    with pytest.raises(UnknownModel):
        shelf.get(id)


def test_a_bad_file_leaves_nothing(shelf: Shelf) -> None:
    with pytest.raises(InvalidInput):
        shelf.add("a.csv", "me", lambda path: path.write_bytes(b""), 1)
    assert list(shelf.root.iterdir()) == []


def filled(kept: Kept, amount: int) -> Kept:
    kept.change(plan=plan("1", amount))
    with kept.ledger.writing() as writer:
        for first in range(0, amount, 1_000):
            writer.write(
                [Result(n, "text", "5", "5.5", 5.5, 0, seconds=0.1, value="[5.5]" * 20)
                 for n in range(first, first + 1_000)]
            )  # fmt: skip
    return kept


def test_a_hundred_thousand_results(keep: Keep, tmp_path: Path) -> None:
    """Counted and written out a few at a time: 100,000 objects alone would take 40 MB."""
    amount, process = 100_000, psutil.Process()
    few, many = keep([f"t{n}" for n in range(1_000)]), keep([f"t{n}" for n in range(amount)])

    def held(kept: Kept) -> int:
        """The most bytes that this process has while it does all of it."""
        assert measured(kept).done == kept.about.total
        most = process.memory_info().rss
        for _ in export.as_csv(kept):
            most = max(most, process.memory_info().rss)
        export.as_parquet(kept, tmp_path / "out.parquet")
        return max(most, process.memory_info().rss)

    before = held(filled(few, 1_000))  # the libraries are loaded now
    assert held(filled(many, amount)) - before < 40_000_000
