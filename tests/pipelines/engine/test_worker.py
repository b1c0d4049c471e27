"""What a worker says back, seen from the other end of its socket."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pipelines import registry
from pipelines.engine import wire
from pipelines.engine.failures import poisons
from pipelines.engine.worker import Poisoned, Worker
from pipelines.errors import InvalidInput
from pipelines.leaving import alone
from tests.pipelines.fakes import PATIENCE, Library, Pipe


class Line:
    """A worker whose model is the test's `library`, and the server's end of its socket."""

    def __init__(self, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ours, theirs = socket.socketpair()
        self.worker = Worker(theirs)
        self.worker.name, self.worker.pipe = "org/a", Pipe("org/a")
        self.stream = self.ours.makefile("rb")
        monkeypatch.setattr(registry, "get", lambda tag: library.task())

    def ask(self, op: str, text: str = "word", number: int = 1) -> None:
        frame = {"id": number, "op": op, "task": "words", "threads": 1,
                 "inputs": [{"text": text}], "params": {}}  # fmt: skip
        self.worker.take(frame)

    def hear(self) -> wire.Frame:
        head = self.stream.read(wire.HEAD.size)
        return wire.unpack(self.stream.read(wire.size(head)))

    def close(self) -> None:
        self.stream.close()
        self.ours.close()
        self.worker.server.close()


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def line(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    made = Line(library, monkeypatch)
    yield made
    made.close()


def test_a_stream_and_its_end(line: Line) -> None:
    line.ask("stream")
    heard = [line.hear() for _ in range(5)]
    assert [each.get("chunk") for each in heard] == [*"word", None]
    assert heard[-1]["value"] is None
    assert heard[-1]["memory"] >= 0


def test_a_whole_answer_is_made_of_chunks_so_that_it_can_be_cancelled(line: Line) -> None:
    line.ask("run")
    assert line.hear()["value"] == [list("word")]


def test_a_cancelled_call_ends_at_its_next_chunk(line: Line, library: Library) -> None:
    line.worker.cancelled.add(7)
    line.ask("run", "a" * 1_000, number=7)
    assert line.hear()["value"] is None
    assert (library.streaming.arrived, library.closed) == (1, 1)
    assert line.worker.cancelled == set()


def test_several_calls_are_answered_beside_each_other(line: Line, library: Library) -> None:
    line.worker.at_once = 2
    library.streaming.close()
    line.ask("stream", "ab", number=1)
    line.ask("run", "cd", number=2)
    until = time.monotonic() + PATIENCE
    while library.streaming.arrived < 2:  # neither waits for the other
        assert time.monotonic() < until
        time.sleep(0.001)
    library.streaming.open()
    heard = [line.hear() for _ in range(4)]
    assert [each["chunk"] for each in heard if "chunk" in each] == ["a", "b"]
    assert {each["id"]: each["value"] for each in heard if "value" in each} == {
        1: None,
        2: [["c", "d"]],
    }


def test_who_left_before_his_turn_is_no_error(
    line: Line, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = threading.Lock()

    def wait(frame: wire.Frame) -> None:
        with alone(turn):
            raise AssertionError

    monkeypatch.setattr(line.worker, "run", wait)
    line.worker.cancelled.add(7)
    with turn:
        line.ask("run", number=7)
    assert line.hear()["value"] is None


def test_an_error_names_its_kind(line: Line, library: Library) -> None:
    library.run_errors.append(InvalidInput("no such thing"))
    line.ask("run")
    assert line.hear()["error"] == {
        "kind": "InvalidInput", "text": "no such thing", "retry_after": None,
    }  # fmt: skip


def test_an_answer_that_cannot_be_sent_is_an_error_and_no_death(
    line: Line, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line.worker, "run", lambda frame: [1 << 80])
    line.ask("run")
    assert "cannot be passed" in line.hear()["error"]["text"]
    monkeypatch.undo()


def test_a_fault_of_the_gpu_is_answered_and_then_ends_the_process(
    line: Line, library: Library
) -> None:
    library.run_errors.append(RuntimeError("CUDA error: device-side assert triggered"))
    with pytest.raises(Poisoned):
        line.ask("run")
    assert line.hear()["error"]["kind"] == "ModelFailed"


@pytest.mark.parametrize(
    ("text", "deadly"),
    [
        ("CUDA error: an illegal memory access was encountered", True),
        ("device-side assert triggered", True),
        ("CUBLAS_STATUS_EXECUTION_FAILED", True),
        ("CUDA out of memory. Tried to allocate 2 GiB", False),
        ("shapes cannot be multiplied", False),
    ],
)
def test_which_errors_are_deadly(text: str, deadly: bool) -> None:
    assert poisons(RuntimeError(text)) == deadly


def test_a_load_says_how_far_it_has_come(line: Line) -> None:
    frames: list[Any] = []
    with line.worker.telling({"id": 3}):
        frames.append(line.hear())
    assert frames[0]["id"] == 3
    assert frames[0]["progress"] >= 0
