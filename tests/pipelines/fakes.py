"""A library that loads and runs when a test lets it, given to the engine by its front door."""

import asyncio
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.allowance import Client
from pipelines.engine.call import Call
from pipelines.forms import NoOptions
from pipelines.hardware import Hardware
from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Scores
from pipelines.model import Model
from pipelines.task import Inputs, Task

HARDWARE = Hardware("cpu-basic", "cpu", "float32", 2, 1 << 33, (), (), "for tests")
PATIENCE = 20  # seconds that a test waits at most


class Words(Inputs):
    text: Text


class Gate:
    """A door that a thread stops at; open unless closed."""

    def __init__(self) -> None:
        self.arrived = 0
        self.door = threading.Event()
        self.door.set()

    def close(self) -> None:
        self.door.clear()

    def open(self) -> None:
        self.door.set()

    def enter(self) -> None:
        self.arrived += 1
        assert self.door.wait(PATIENCE)


@dataclass(eq=False)
class Pipe:
    """A loaded model."""

    name: str


class Library:
    """What the engine loads with: counts, waits at its gates, and fails when told to."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.pipes: list[weakref.ref[Pipe]] = []
        self.runs: list[str] = []
        self.inside = self.most_inside = 0
        self.closed = 0
        self.loading, self.running, self.streaming = Gate(), Gate(), Gate()
        self.load_errors: list[BaseException] = []
        self.run_errors: list[BaseException] = []

    def load(self, task: Task, model: Model, hardware: Hardware) -> Pipe:
        self.loads.append(model.id)
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.loading.enter()
        self.inside -= 1
        if self.load_errors:
            raise self.load_errors.pop(0)
        pipe = Pipe(model.id)
        self.pipes.append(weakref.ref(pipe))
        return pipe

    def run(self, pipe: Pipe, inputs: Sequence[Words], params: NoOptions) -> list[list[float]]:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            self.running.enter()
            if self.run_errors:
                raise self.run_errors.pop(0)
            self.runs.append(pipe.name)
            return [[float(len(each.text))] for each in inputs]
        finally:
            self.inside -= 1

    def stream(self, pipe: Pipe, inputs: Words, params: NoOptions) -> Iterator[str]:
        try:
            for letter in inputs.text:
                self.streaming.enter()
                if self.run_errors:
                    raise self.run_errors.pop(0)
                yield letter
        finally:
            self.closed += 1

    def task(self, key: Any = None) -> Task:
        """A task of this library; those made with the same `key` share a model."""
        loader: Any = key or self.load  # the engine only compares it
        return Task(
            tag="words",
            inputs=Words,
            params=NoOptions,
            output=Scores,
            load={"fake": loader},
            run=self.run,
            stream=self.stream,
            default_model="org/a",
            summary="Count letters",
        )

    def call(self, name: str = "a", text: str = "word", client: str = "", **more: Any) -> Call:
        model = Model(f"org/{name}", Path("/none"), "1", "words", "fake", **more)
        return Call(self.task(), model, [Words(text=text)], NoOptions(), Client(client))


async def until(true: Callable[[], bool]) -> None:
    """Waits for what other threads do."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.001)
