"""Finds the fastest way to run a model that gives the same answers on this machine."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipelines.acceleration import openvino
from pipelines.acceleration import proof_of_writing as writing
from pipelines.acceleration.decision import PLAIN, Decision, Tried, best, write
from pipelines.acceleration.modules import Given, instead, module_of, put, seen
from pipelines.acceleration.scribe import AT_ONCE
from pipelines.acceleration.writer import Writer
from pipelines.hardware import Hardware
from pipelines.kinds.outputs import output_kind
from pipelines.task import Task

log = logging.getLogger(__name__)
# How far an answer may be from torch's, by output kind, as the kind measures it: cosine for
# vectors, probability for the others. What is not here is not accelerated.
TOLERANCE = {"vector": 5e-4, "labels": 0.02, "spans": 0.02, "fills": 0.02, "answers": 0.02,
             "scores": 5e-3, "ranks": 0.02}  # fmt: skip
WORTH = 1.1  # times as fast: less is not worth a second copy of the weights
ROUNDS = 7
SEVERAL = 8  # inputs of the larger of two batches that are timed
Run = Callable[[Sequence[Any]], list[Any]]


def able(task: Task, hardware: Hardware) -> bool:
    """Whether anything could be tried."""
    kind = output_kind(task.output)
    return hardware.device == "cpu" and (kind.name in TOLERANCE or kind.unit == "tokens")


def candidates(wanted: str, names: Sequence[str] = tuple(openvino.PRECISIONS)) -> list[str]:
    names = list(names)
    return names if wanted == "auto" else [name for name in names if name == wanted]


def prove(
    pipe: Any, task: Task, rows: Sequence[Any], params: Any, hardware: Hardware, place: Path,
    wanted: str = "auto",
) -> Decision:  # fmt: skip
    """Tries each candidate on `rows`, and writes down which one is to be used.

    Any exception means "not this one".
    """
    module = module_of(pipe)
    tried: list[Tried] = []
    try:
        if writing.able(pipe):
            names = candidates(wanted, writing.NAMES)
            tried = writing.try_each(pipe, task, rows, params, hardware, place, names, WORTH)
        elif module is not None:
            bench = Bench(pipe, module, task, rows, params, hardware, place)
            tried = [bench.test(name) for name in candidates(wanted)]
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


class Bench:
    """A model with its plain answers, against which candidates are held."""

    def __init__(
        self, pipe: Any, module: Any, task: Task, rows: Sequence[Any], params: Any,
        hardware: Hardware, place: Path,
    ) -> None:  # fmt: skip
        self.module, self.rows, self.place = module, list(rows), place
        self.kind, self.threads = output_kind(task.output), hardware.threads
        self.run: Run = lambda some: task.run(pipe, list(some), params)
        with seen(module) as calls:
            self.plain = self.run(self.rows)
        self.given = max(calls, key=lambda each: sum(map(size, each.values())))
        openvino.convert(module, self.given, place)
        self.output = output(module, self.given)

    def test(self, name: str) -> Tried:
        try:
            graph = self.graph(name)
            with instead(self.module, graph):
                found = self.run(self.rows) + [self.run([row])[0] for row in self.rows]
            if self.failures:
                raise self.failures[0]
            apart = max(map(self.kind.distance, [*self.plain, *self.plain], found))
            if apart > TOLERANCE[self.kind.name]:
                return Tried(name, difference=apart, why="its answers differ")
            ratio = self.ratio(graph)
            return Tried(name, ratio, apart, "" if ratio >= WORTH else "it is not faster")
        except Exception as error:
            return Tried(name, why=brief(error))

    def graph(self, name: str) -> openvino.Graph:
        self.failures: list[Exception] = []
        return openvino.Graph(
            self.module, self.given, self.output, self.place, name, self.threads,
            self.failures.append,
        )  # fmt: skip

    def ratio(self, graph: openvino.Graph) -> float:
        """How many times as fast as torch: the geometric mean of one input and of several. Of each
        the best time counts, which others on the machine disturb the least."""
        ratios = []
        for rows in (self.rows[:1], (self.rows * SEVERAL)[:SEVERAL]):
            slow, fast = [], []
            for _ in range(ROUNDS):
                slow.append(timed(self.run, rows))
                with instead(self.module, graph):
                    fast.append(timed(self.run, rows))
            ratios.append(min(slow) / min(fast))
        return float((ratios[0] * ratios[1]) ** 0.5)


def adopt(
    pipe: Any, task: Task, rows: Sequence[Any], params: Any, hardware: Hardware, place: Path,
    name: str,
) -> tuple[Any, int]:  # fmt: skip
    """The model that goes on by the way that was found, and how many calls at a time it takes then.
    Raises what its start fails with."""

    def failed(error: Exception) -> None:
        write(place, Decision(PLAIN, tried=(Tried(name, why=brief(error)),)))

    if writing.able(pipe):
        made = writing.scribe(place / name, hardware)
        parts = pipe.tokenizer, pipe.model, pipe.beams, pipe.source
        return Writer(*parts, scribe=made, failed=failed), AT_ONCE
    module = module_of(pipe)
    with seen(module) as calls:
        task.run(pipe, list(rows[:1]), params)
    given = calls[0]
    made, threads = output(module, given), hardware.threads
    put(module, openvino.Graph(module, given, made, place, name, threads, failed))
    return pipe, 1


def output(module: Any, given: Given) -> Any:
    """What the module gives: its kind, and the names of its parts."""
    import torch

    with torch.inference_mode():
        return module(**given)


def timed(run: Run, rows: Sequence[Any]) -> float:
    start = time.perf_counter()
    run(rows)
    return time.perf_counter() - start


def size(value: Any) -> int:
    return int(value.numel()) if hasattr(value, "numel") else 0


def brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n", 1)[0][:200]
