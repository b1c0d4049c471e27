"""Code that only calls back, read as a generator."""

import threading
from collections.abc import Callable, Generator

import pytest
import torch

from pipelines.loaders.yielding import yielded
from pipelines.notices import heard, tell

Hand = Callable[[int], None]


def three(hand: Hand) -> str:
    for each in (1, 2, 3):
        hand(each)
    return "done"


def read(made: Generator[int, None, str]) -> tuple[list[int], str]:
    found = []
    while True:
        try:
            found.append(next(made))
        except StopIteration as end:
            return found, end.value


def test_what_is_handed_over_and_what_is_returned() -> None:
    assert read(yielded(three)) == ([1, 2, 3], "done")
    assert read(yielded(lambda hand: "nothing")) == ([], "nothing")


def test_it_goes_on_as_it_is_read_in_the_same_thread() -> None:
    seen: list[tuple[int, int]] = []

    def work(hand: Hand) -> None:
        for each in (1, 2):
            seen.append((each, threading.get_ident()))
            hand(each)

    made = yielded(work)
    assert seen == []
    next(made)
    assert seen == [(1, threading.get_ident())]
    assert list(made) == [2]


def test_what_it_fails_with_is_raised() -> None:
    def work(hand: Hand) -> None:
        hand(1)
        raise ValueError("no more")

    made = yielded(work)
    assert next(made) == 1
    with pytest.raises(ValueError, match="no more"):
        next(made)


@pytest.mark.parametrize("stubborn", [False, True])
def test_closed_it_ends_where_it_stands(stubborn: bool) -> None:
    left: list[str] = []

    def work(hand: Hand) -> None:
        try:
            hand(1)
            left.append("went on")
        except Exception:
            left.append("caught")
        finally:
            left.append("left")
            if stubborn:
                hand(2)
                left.append("handed over")

    made = yielded(work)
    next(made)
    made.close()
    assert left == ["left"]


def test_one_within_another() -> None:
    def outer(hand: Hand) -> str:
        for each in yielded(three):
            hand(10 * each)
        return "outer"

    made = yielded(outer)
    assert next(made) == 10
    assert read(made) == ([20, 30], "outer")
    half = yielded(outer)
    next(half)
    half.close()


def test_what_is_told_inside_is_heard() -> None:
    def work(hand: Hand) -> None:
        tell("A word.")
        hand(1)

    told: list[str] = []
    with heard(told.append):
        assert list(yielded(work)) == [1]
    assert told == ["A word."]


def test_what_it_set_for_its_thread_ends_with_it() -> None:
    def work(hand: Hand) -> None:
        with torch.inference_mode():
            hand(1)

    made = yielded(work)
    next(made)
    made.close()
    assert not torch.is_inference_mode_enabled()
    assert list(yielded(work)) == [1]
    assert not torch.is_inference_mode_enabled()
