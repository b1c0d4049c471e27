"""What is remembered of a model that crashed or failed, by a clock that a test sets."""

import pytest

from pipelines.engine import past as module
from pipelines.engine.past import MOST_CRASHES, QUARANTINE, Past
from pipelines.errors import BrokenModel, Unavailable


class Clock:
    now = 5_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def crashes(past: Past, count: int) -> list[float]:
    """The seconds to wait after each of so many crashes."""
    waits = []
    for _ in range(count):
        past.crashed("org/a")
        waits.append(past.back_off)
    return waits


@pytest.fixture
def quarantined(clock: Clock) -> Past:
    past = Past()
    crashes(past, MOST_CRASHES - 1)
    with pytest.raises(Unavailable):
        past.crashed("org/a")
    return past


def test_each_crash_waits_longer_than_the_last(clock: Clock) -> None:
    past = Past()
    past.check("org/a")
    assert crashes(past, 4) == [0.0, 1.0, 2.0, 4.0]
    assert (past.crashes, past.quarantined) == (4, 0.0)
    past.check("org/a")


def test_a_back_off_goes_by(clock: Clock) -> None:
    past = Past()
    crashes(past, 4)
    clock.now += 3
    assert past.back_off == 1.0
    clock.now += 3
    assert past.back_off == 0.0


def test_no_crash_waits_for_ever(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CRASHES", 99)
    assert crashes(Past(), 12)[-4:] == [60.0, 60.0, 60.0, 60.0]


def test_five_in_a_row_are_too_many(clock: Clock) -> None:
    past = Past()
    crashes(past, 4)
    with pytest.raises(Unavailable) as caught:
        past.crashed("org/a")
    assert str(caught.value) == (
        "The process of org/a ended 5 times in a row, so it is not started for 10 min. The "
        "server's log says why. The operator can load it before then."
    )
    assert caught.value.retry_after == past.quarantined == QUARANTINE


def test_a_good_answer_between_them_begins_the_count_anew(clock: Clock) -> None:
    past = Past()
    for _ in range(3):
        assert crashes(past, 4) == [0.0, 1.0, 2.0, 4.0]
        clock.now += 4
        past.answered()
        assert past.crashes == 0


@pytest.mark.parametrize(
    ("passed", "words", "retry"),
    [(0, "for 10 min", 600), (61, "for 9 min", 539), (590, "for 1 min", 10), (599.5, "1 min", 1)],
)
def test_in_quarantine_nothing_is_started(
    quarantined: Past, clock: Clock, passed: float, words: str, retry: float
) -> None:
    clock.now += passed
    with pytest.raises(Unavailable, match=words) as caught:
        quarantined.check("org/a")
    assert caught.value.retry_after == retry


def test_a_quarantine_ends_and_everything_begins_anew(quarantined: Past, clock: Clock) -> None:
    clock.now += QUARANTINE
    assert quarantined.quarantined == 0.0
    quarantined.check("org/a")
    assert crashes(quarantined, 4) == [0.0, 1.0, 2.0, 4.0]
    with pytest.raises(Unavailable):
        quarantined.crashed("org/a")


def test_the_operator_forgives_everything(quarantined: Past) -> None:
    quarantined.fail(BrokenModel("damaged"))
    quarantined.forgive()
    quarantined.check("org/a")
    assert quarantined == Past()


def test_a_failure_is_remembered_until_a_load_goes_well() -> None:
    past = Past()
    past.fail(BrokenModel("weights are damaged"))
    past.answered()
    assert past.error == "weights are damaged"
    past.loaded()
    assert past.error is None


def test_a_load_that_goes_well_is_no_good_answer(clock: Clock) -> None:
    past = Past()
    crashes(past, 3)
    past.loaded()
    assert past.crashes == 3
