"""One run: every row through the model, a few at a time, each result written down at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pipelines import registry, samples
from pipelines.allowance import Client
from pipelines.engine.call import Answer, Call
from pipelines.errors import (
    BrokenModel,
    MissingPackage,
    RefusedModel,
    TaglineError,
    TooLarge,
    Unavailable,
    UnknownModel,
    UnsupportedTask,
)
from pipelines.inference import Inference
from pipelines.kinds.outputs import output_kind
from runs import judging, mapping
from runs.about import Plan
from runs.kept import Kept
from runs.ledger import Result, Writer
from runs.predicted import predicted, written
from runs.sources.row import File, Row

TOGETHER, ALONE = 16, 2  # calls in flight, for a task that batches and for another
PIECE = 16  # rows read at a time
PATIENCE = 900.0  # seconds that a run waits for its turn before it stops
PAUSE = 2.0  # seconds, where the server does not say how long
# About the model, not about a row: the next one would fail as well.
HOPELESS = (
    UnknownModel, UnsupportedTask, RefusedModel, MissingPackage, BrokenModel, TooLarge, Unavailable,
)  # fmt: skip


@dataclass
class Pace:
    """How a run goes: `done` rows since it was started; `waiting` says what for, if it waits."""

    start: float = field(default_factory=time.monotonic)
    done: int = 0
    waiting: str = ""

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.done / max(time.monotonic() - self.start, 1e-6)


class Job:
    """Raises the TaglineError that says why no run can be made of the plan."""

    def __init__(self, inference: Inference, kept: Kept, plan: Plan, client: Client) -> None:
        self.inference, self.kept, self.plan, self.client = inference, kept, plan, client
        self.model = inference.models.find(f"{plan.model}@{plan.revision}")
        self.task = registry.choose(self.model, plan.task)
        defaults = samples.card_parameters(self.task, self.model)
        params = self.task.read_params(plan.params, inference.limits, defaults)
        self.params = inference.located(self.task, params)
        self.kind = output_kind(self.task.output)
        self.pace = Pace()

    async def run(self) -> None:
        """Answers what has no result yet. Raises the TaglineError that it cannot go on after."""
        gate = asyncio.Semaphore(TOGETHER if self.task.batch else ALONE)
        with self.kept.ledger.writing() as writer:
            try:
                async with asyncio.TaskGroup() as group:
                    async for row in self.open_rows(writer):
                        await gate.acquire()
                        work = group.create_task(self.one(row, writer))
                        work.add_done_callback(lambda _: gate.release())
            except* TaglineError as errors:
                raise first(errors) from errors

    async def open_rows(self, writer: Writer) -> AsyncIterator[Row]:
        """The rows without a result, read in another thread."""
        source = await asyncio.to_thread(lambda: self.kept.source)
        rows = islice(source.rows(), self.plan.rows)

        def more() -> list[Row] | None:
            piece = list(islice(rows, PIECE))
            return [row for row in piece if not writer.has(row.number)] if piece else None

        while (piece := await asyncio.to_thread(more)) is not None:
            for row in piece:
                yield row

    async def one(self, row: Row, writer: Writer) -> None:
        result = await self.result(row)
        await asyncio.to_thread(writer.write, [result])
        self.pace.done += 1

    async def result(self, row: Row) -> Result:
        shown = mapping.shown(self.plan.feeds, row)
        cell = row.cells.get(self.plan.label) if self.plan.label else None
        label = judging.label_text(cell, self.plan.known)
        if row.error:
            return Result(row.number, shown, label, error=row.error)
        try:
            files = any(isinstance(cell, File) for cell in row.cells.values())
            inputs = await asyncio.to_thread(self.inputs, row) if files else self.inputs(row)
            answer = await self.answer(inputs)
        except HOPELESS:
            raise
        except TaglineError as error:
            return Result(row.number, shown, label, error=str(error))
        return self.answered(Result(row.number, shown, label), answer)

    def inputs(self, row: Row) -> Any:
        raw = mapping.raw_inputs(self.task, self.plan.feeds, row, self.plan.label)
        return self.task.validate(self.task.inputs, raw, "inputs", self.inference.limits)

    async def answer(self, inputs: Any) -> Answer:
        """Waits for its turn, if it must; whoever asks for it then has the same limits as any."""
        engine, until = self.inference.engine, time.monotonic() + PATIENCE
        while True:
            try:
                await engine.allowance.admit(self.client)
                call = Call(self.task, self.model, [inputs], self.params, self.client)
                answer = await engine.predict(call)
                self.pace.waiting = ""
                return answer
            except Unavailable as error:
                pause = error.retry_after or PAUSE
                if engine.draining or time.monotonic() + pause > until:
                    raise
                self.pace.waiting = str(error)
                await asyncio.sleep(pause)

    def answered(self, row: Result, answer: Answer) -> Result:
        value = answer.values[0]
        found = predicted(self.kind, value)
        right = judging.is_right(self.kind.name, found, row.label)
        return Result(
            row.number,
            row.shown,
            row.label,
            None if found.value is None else judging.written(found.value),
            found.score,
            None if right is None else int(right),
            seconds=answer.seconds,
            ranked=written(found.ranked) if found.ranked else None,
            value=written(value),
        )


def first(errors: BaseExceptionGroup[TaglineError]) -> TaglineError:
    """One of a group: they all say what stopped the run."""
    found: Sequence[BaseException] = errors.exceptions
    inner = found[0]
    return first(inner) if isinstance(inner, BaseExceptionGroup) else inner  # type: ignore[return-value]
