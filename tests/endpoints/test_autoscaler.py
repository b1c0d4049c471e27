"""How many replicas there should be: soon up, late down, by a clock that a test moves."""

import pytest

from endpoints.local.autoscaler import Autoscaler, Pace
from endpoints.spec import Scaling


class Time:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def made(asleep: bool = False, **given: float | None) -> tuple[Autoscaler, Time]:
    time = Time()
    return Autoscaler(Scaling.model_validate(given), time, Pace(2, 60), asleep), time


def course(scaler: Autoscaler, time: Time, calls: int, seconds: int) -> list[int]:
    """What is wanted after each second."""
    found = []
    for _ in range(seconds):
        time.now += 1
        found.append(scaler.look(calls))
    return found


@pytest.mark.parametrize(
    ("calls", "wanted"), [(0, 1), (1, 1), (2, 1), (3, 2), (5, 3), (6, 3), (100, 5)]
)
def test_as_many_as_the_calls_ask_for(calls: int, wanted: int) -> None:
    scaler, _ = made(max_replicas=5)
    assert scaler.fitting(calls) == wanted


def test_more_come_when_more_calls_have_held_for_a_while() -> None:
    scaler, time = made(max_replicas=3)
    assert course(scaler, time, 6, 4) == [1, 1, 3, 3]


def test_a_short_peak_brings_none() -> None:
    scaler, time = made(max_replicas=3)
    assert [scaler.look(6), *course(scaler, time, 6, 1), *course(scaler, time, 1, 3)] == [1] * 5
    assert course(scaler, time, 6, 2) == [1, 1]


def test_they_go_late_and_to_the_most_that_was_wanted_meanwhile() -> None:
    scaler, time = made(max_replicas=4)
    course(scaler, time, 8, 4)
    assert set(course(scaler, time, 0, 30)) == {4}
    assert set(course(scaler, time, 4, 20)) == {4}
    assert course(scaler, time, 0, 12)[-2:] == [2, 2]
    assert course(scaler, time, 0, 70)[-1] == 1


def test_without_a_delay_none_goes_to_zero() -> None:
    scaler, time = made(min_replicas=0)
    assert set(course(scaler, time, 0, 500)) == {1}


def test_unused_for_long_enough_it_sleeps_and_a_call_wakes_it() -> None:
    scaler, time = made(min_replicas=0, max_replicas=3, to_zero_after=10)
    assert course(scaler, time, 0, 11) == [1] * 9 + [0] * 2
    assert scaler.look(0) == 0
    assert scaler.look(1) == 1


def test_a_call_that_goes_on_keeps_it_awake() -> None:
    scaler, time = made(min_replicas=0, to_zero_after=10)
    assert set(course(scaler, time, 1, 30)) == {1}
    assert course(scaler, time, 0, 10)[-2:] == [1, 0]


def test_it_begins_asleep_and_wakes_to_its_least() -> None:
    scaler, _ = made(asleep=True, min_replicas=2, max_replicas=3)
    assert scaler.look(0) == 0
    scaler.wake()
    assert scaler.look(0) == 2


def test_new_bounds_hold_at_once() -> None:
    scaler, time = made(max_replicas=4)
    course(scaler, time, 8, 4)
    scaler.change(Scaling(min_replicas=1, max_replicas=2))
    assert scaler.look(8) == 2
    scaler.change(Scaling(min_replicas=3, max_replicas=3))
    assert scaler.look(0) == 3
