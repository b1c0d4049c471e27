"""How foreign CPU time is counted."""

import pytest

from benchmarks import noise
from benchmarks.noise import Reading

#            user nice system idle iowait irq softirq steal guest guest_nice
STAT = "cpu  100 10 20 5000 300 4 5 6 70 8\ncpu0 1 1 1 1 1 1 1 1 1 1\n"


def test_busy_is_all_but_waiting() -> None:
    assert noise.busy(STAT, ticks=100) == 1.45


def test_foreign_is_what_is_left_of_the_machine() -> None:
    before, after = Reading(10.0, 100.0, 5.0), Reading(14.0, 107.0, 8.0)
    assert noise.foreign(before, after) == 1.0


def test_foreign_is_never_negative() -> None:
    assert noise.foreign(Reading(0.0, 0.0, 0.0), Reading(1.0, 0.5, 0.6)) == 0.0


@pytest.mark.parametrize(("first", "last"), [(None, 1.0), (1.0, None), (None, None)])
def test_where_the_machine_does_not_tell_nothing_is_claimed(
    first: float | None, last: float | None
) -> None:
    assert noise.foreign(Reading(0.0, first, 0.0), Reading(1.0, last, 0.0)) is None


def test_readings_go_up() -> None:
    before = noise.read()
    after = noise.read()
    assert after.at > before.at
    assert after.own >= before.own


@pytest.mark.parametrize(
    ("cores", "waits"), [([2.0, 1.0, 0.1, 3.0], 3), ([2.0, 2.0, 2.0, 2.0], 4), ([None], 1)]
)
def test_quiet_is_waited_for_but_not_for_ever(
    cores: list[float | None], waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter(cores)
    slept: list[float] = []
    monkeypatch.setattr(noise, "foreign", lambda before, after: next(seen))
    monkeypatch.setattr("time.sleep", slept.append)
    noise.wait_for_quiet(0.3, 4)
    assert len(slept) == waits
