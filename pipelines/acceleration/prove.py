"""Finds the fastest way to run a model that gives the same answers on this machine."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

from pipelines.acceleration import openvino, speech
from pipelines.acceleration import proof_of_writing as writing
from pipelines.acceleration.decision import PLAIN, Decision, Tried, best, forget, write
from pipelines.acceleration.graphs import Parts
from pipelines.acceleration.modules import parts_of
from pipelines.acceleration.scribe import AT_ONCE
from pipelines.acceleration.subject import Subject, Way
from pipelines.acceleration.writer import Writer
from pipelines.hardware import Hardware
from pipelines.kinds.outputs import output_kind
from pipelines.slots import slots
from pipelines.task import Task

log = logging.getLogger(__name__)
# How far an answer may be from torch's, by output kind, as the kind measures it: cosine for
# vectors, probability for the others. What is not here is not accelerated.
TOLERANCE = {"vector": 5e-4, "labels": 0.02, "spans": 0.02, "fills": 0.02, "answers": 0.02,
             "scores": 5e-3, "ranks": 0.02, "depth": 0.01, "text": 0.0, "images": 0.01}  # fmt: skip
WORTH = 1.1  # times as fast: less is not worth a second copy of the weights
ROUNDS = 7
PATIENCE = 20.0  # seconds for what a slow model is asked at once
LACKING = "this processor has no bfloat16"
SEVERAL = 8  # inputs of the larger of two batches that are timed
Run = Callable[[Sequence[Any]], list[Any]]


def able(task: Task, hardware: Hardware) -> bool:
    """Whether anything could be tried."""
    kind = output_kind(task.output)
    if kind.name == "text" and kind.unit != "tokens":  # of these only what is heard
        return hardware.device == "cpu" and any(slot.kind == "audio" for slot in slots(task.inputs))
    return hardware.device == "cpu" and (kind.name in TOLERANCE or kind.unit == "tokens")


def candidates(wanted: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if wanted in ("auto", name)]


def prove(
    pipe: Any, task: Task, rows: Sequence[Any], params: Any, hardware: Hardware, place: Path,
    wanted: str = "auto",
) -> Decision:  # fmt: skip
    """Tries each candidate on `rows`, and writes down which one is to be used.

    Any exception means "not this one".
    """
    subject = subject_of(pipe)
    tried: list[Tried] = []
    try:
        if writing.able(pipe):
            names = candidates(wanted, writing.NAMES)
            tried = writing.try_each(pipe, task, rows, params, hardware, place, names, WORTH)
        elif subject and (names := candidates(wanted, subject.names)):
            tried = held(subject, names, Bench(pipe, task, rows, params, hardware, place))
    except Exception as error:
        log.info("No faster way for this model: %s", error)
        tried = [Tried("openvino", why=brief(error))]
    found = Decision(PLAIN, tried=tuple(tried))
    if one := best(tried):
        found = Decision(
            one.name, one.ratio, one.difference, tuple(tried), by_tokens=writing.able(pipe)
        )
    write(place, found)
    return found


def held(subject: Subject, names: Sequence[str], bench: "Bench") -> list[Tried]:
    """Each way against torch. Only what the best one needs stays on disk."""
    usable = [name for name in names if openvino.has(name)]
    tried = [Tried(name, why=LACKING) for name in names if name not in usable]
    if not usable:
        return tried
    try:
        subject.convert(bench.ask, bench.place)
        tried += [bench.test(subject, name) for name in usable]
    finally:
        found = best(tried)
        subject.keep(bench.place, found.name if found else None)
    return tried


class Bench:
    """A model with its plain answers, against which candidates are held."""

    def __init__(
        self, pipe: Any, task: Task, rows: Sequence[Any], params: Any, hardware: Hardware,
        place: Path,
    ) -> None:  # fmt: skip
        self.place = place
        self.kind, self.threads = output_kind(task.output), hardware.threads
        self.run: Run = lambda some: task.run(pipe, list(some), params)
        self.sizes = (1, SEVERAL) if task.together > 1 else (1,)
        self.rows = list(rows)
        self.plain: list[Any] = []
        self.slow: dict[int, float] = {}  # torch's best seconds for so many inputs, of all tests

    def ask(self) -> None:
        """The plain answers, to as many questions as there is time for."""
        until = time.perf_counter() + PATIENCE
        rows, self.rows = self.rows, []
        for row in rows:
            if self.plain and time.perf_counter() > until:
                break
            self.rows.append(row)
            self.plain += self.run([row])
            if time.perf_counter() > until + PATIENCE:
                raise TimeoutError("It takes too long to be proven.")
        if len(self.sizes) > 1:  # a graph is made of the largest call
            self.run(self.rows)

    def test(self, subject: Subject, name: str) -> Tried:
        failures: list[Exception] = []
        try:
            way = subject.way(self.place, name, self.threads, failures.append)
            with at_work(way):
                found = [self.run([row])[0] for row in self.rows]
                found += self.run(self.rows) if len(self.sizes) > 1 else []
            if failures:
                raise failures[0]
            apart = max(map(self.kind.distance, self.plain * 2, found))
            if apart > TOLERANCE[self.kind.name]:
                return Tried(name, difference=apart, why="its answers differ")
            ratio = self.ratio(way)
            return Tried(name, ratio, apart, "" if ratio >= WORTH else "it is not faster")
        except Exception as error:
            return Tried(name, why=brief(error))

    def ratio(self, way: Way) -> float:
        """How many times as fast as torch: the geometric mean of one input and of several, where
        these go together. Of each the best time counts, which others on the machine disturb the
        least."""
        ratios = [self.ratio_of(way, (self.rows * size)[:size]) for size in self.sizes]
        return float(prod(ratios) ** (1 / len(ratios)))

    def ratio_of(self, way: Way, rows: Sequence[Any]) -> float:
        slow, fast = list[float](), list[float]()
        until = time.perf_counter() + PATIENCE
        while len(slow) < ROUNDS and not (len(slow) > 1 and time.perf_counter() > until):
            slow.append(timed(self.run, rows))
            with at_work(way):
                fast.append(timed(self.run, rows))
        self.slow[len(rows)] = min(self.slow.get(len(rows), slow[0]), *slow)
        return self.slow[len(rows)] / min(fast)


@contextmanager
def at_work(way: Way) -> Iterator[None]:
    way.put()
    try:
        yield
    finally:
        way.take_out()


def subject_of(pipe: Any) -> Subject | None:
    """None for a model of which no part could be made faster."""
    if speech.able(pipe):
        return speech.Whisper(pipe.pipe.model)
    parts = parts_of(pipe)
    return Parts(parts) if parts else None


def adopt(pipe: Any, hardware: Hardware, place: Path, name: str) -> tuple[Any, int]:
    """The model that goes on by the way that was found, and how many calls at a time it takes then.
    Raises what its start fails with."""

    def failed(error: Exception) -> None:
        write(place, Decision(PLAIN, tried=(Tried(name, why=brief(error)),)))

    try:
        if writing.able(pipe):
            made = writing.scribe(place / name, hardware)
            parts = pipe.tokenizer, pipe.model, pipe.beams, pipe.source
            return Writer(*parts, scribe=made, failed=failed), AT_ONCE
        subject = subject_of(pipe)
        assert subject, "what was proven has parts"
        subject.way(place, name, hardware.threads, failed).put()
    except Exception:
        forget(place)  # its files may be gone: the next start proves anew
        raise
    return pipe, 1


def timed(run: Run, rows: Sequence[Any]) -> float:
    start = time.perf_counter()
    run(rows)
    return time.perf_counter() - start


def brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n", 1)[0][:200]
