"""The bytes of a download, counted by several threads."""

from threading import Event, Thread

import pytest

from pipelines.models import meter
from pipelines.models.meter import Meter
from pipelines.models.offer import Progress


def test_a_slow_report_is_not_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread is held up in the middle of its report while another has more to tell."""
    monkeypatch.setattr(meter, "INTERVAL", 0)
    told: list[int] = []
    entered, go = Event(), Event()

    def report(progress: Progress) -> None:
        if progress.done_bytes == 10:
            entered.set()
            go.wait(10)
        told.append(progress.done_bytes)

    counter = Meter({"a": 100, "b": 100}, report, Event())
    slow = Thread(target=counter.add, args=("a", 10))
    slow.start()
    assert entered.wait(10)
    quick = Thread(target=counter.add, args=("b", 20))
    quick.start()
    quick.join(0.2)  # it ends here only where nothing keeps the order
    go.set()
    slow.join(10)
    quick.join(10)
    assert told == [10, 30]
