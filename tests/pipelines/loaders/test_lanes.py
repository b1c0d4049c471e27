"""Runs of one call beside one another."""

import threading
from types import SimpleNamespace

import pytest

from pipelines.loaders.lanes import is_beside, lanes_of, side_by_side
from pipelines.notices import heard, tell
from pipelines.usage import count_rows, counted


def test_so_many_at_a_time_and_answers_in_their_order() -> None:
    both = threading.Barrier(2)

    def work(run: int) -> tuple[int, bool]:
        both.wait(10)
        return run * 2, is_beside.get()

    assert side_by_side(work, [1, 2, 3, 4], lanes=2) == [(each * 2, True) for each in (1, 2, 3, 4)]
    assert not is_beside.get()


@pytest.mark.parametrize(("runs", "lanes"), [([1], 2), ([1, 2], 1), ([], 2)])
def test_a_run_by_itself_stays_in_its_thread(runs: list[int], lanes: int) -> None:
    here = threading.current_thread()

    def work(run: int) -> tuple[threading.Thread, bool]:
        return threading.current_thread(), is_beside.get()

    assert side_by_side(work, runs, lanes) == [(here, False)] * len(runs)


def test_what_is_told_and_counted_there_is_heard() -> None:
    sentences: list[str] = []

    def work(run: int) -> None:
        tell(f"run {run}")
        count_rows([run])

    with heard(sentences.append), counted() as tokens:
        side_by_side(work, [1, 2, 3], lanes=2)
    assert sorted(sentences) == ["run 1", "run 2", "run 3"]
    assert tokens.read == 6


def test_an_error_is_raised() -> None:
    def work(run: int) -> int:
        return 1 // run

    with pytest.raises(ZeroDivisionError):
        side_by_side(work, [1, 0, 2], lanes=2)
    assert side_by_side(work, [1, 1], lanes=2) == [1, 1]


def test_a_module_says_how_many() -> None:
    module = SimpleNamespace(forward=lambda: None)
    assert lanes_of(module) == 1
    module.forward = SimpleNamespace(lanes=3)
    assert lanes_of(module) == 3
