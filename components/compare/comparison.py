"""Runs every cell of a comparison; each fills as it comes, and fails for itself alone."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from components import lines, texts
from components.answering import Answering, Clock
from components.compare.agreement import Pair, pairs
from components.compare.cells import Cell
from components.compare.heads import WRITTEN, head
from pipelines.allowance import Client
from pipelines.engine.call import Call
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.task import Task

log = logging.getLogger(__name__)
PATIENCE = 5.0  # seconds that a cell waits for another one to end, so that its own time is fair
News = tuple[Cell, bool]  # a cell, and whether that was its last
Tell = Callable[[News], None]


@dataclass
class Comparison:
    """`row` is the one input of all; `client` pays for each cell as for a run of its own."""

    inference: Inference
    task: Task
    row: Any
    cells: list[Cell]
    client: Client
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    far: dict[Pair, float] = field(default_factory=dict)

    async def run(self) -> AsyncGenerator[News, None]:
        """Yields a cell whenever something of it is new."""
        told: asyncio.Queue[News] = asyncio.Queue()
        running = [asyncio.create_task(self.fill(cell, told.put_nowait)) for cell in self.cells]
        try:
            left = len(running)
            while left:
                cell, last = await told.get()
                left -= last
                yield cell, last
            await asyncio.gather(*running)
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def fill(self, cell: Cell, tell: Tell) -> None:
        """Runs one cell to its end."""
        call = Call(self.task, cell.model, [self.row], cell.params, self.client)
        try:
            await self.inference.engine.allowance.admit(self.client)
            async with self.turn(call):
                await self.answer(cell, call, tell)
        except TaglineError as error:
            cell.fail(str(error))
        except Exception:  # an answer that cannot be shown must not take the others along
            log.exception("%s: an answer could not be shown", cell.model.id)
            cell.fail(texts.here()("compare.broken"))
        cell.over = True  # not so a cell that was stopped
        tell((cell, True))

    async def answer(self, cell: Cell, call: Call, tell: Tell) -> None:
        engine = self.inference.engine
        answering = Answering(self.inference, cell.model, self.task, self.client)
        waiting = asyncio.create_task(engine.predict(call))
        try:
            async with aclosing(answering.progress(call, waiting, Clock())) as steps:
                async for line in steps:
                    if line != cell.line:
                        cell.line = line
                        tell((cell, False))
            found = await waiting
        finally:
            waiting.cancel()
        value, kind = found.values[0], answering.kind
        if kind.name in WRITTEN:
            cell.words = kind.text(value)
        else:
            cell.drawn = await asyncio.to_thread(answering.view.show, value, self.row, kind)
        cell.head, cell.value = await asyncio.to_thread(head, kind, value), value
        cell.memory = engine.status(cell.model).memory
        cell.seconds, cell.line = found.seconds, lines.notices(found.notices)

    @asynccontextmanager
    async def turn(self, call: Call) -> AsyncIterator[None]:
        """Loaded models answer one after the other, since two at a time would slow each other down;
        behind a slow one nobody waits for long."""
        held = self.inference.engine.loaded(call) and await self.take()
        try:
            yield
        finally:
            if held:
                self.lock.release()

    async def take(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.lock.acquire()
        except TimeoutError:
            return False

    async def measure(self) -> None:
        """Finds how far apart the answers are, two by two."""
        got = {cell.letter: cell.value for cell in self.cells if cell.head}
        far = Answering(self.inference, self.cells[0].model, self.task).kind.distance
        for pair in pairs(list(got)):
            if pair not in self.far:
                self.far[pair] = await asyncio.to_thread(far, got[pair[0]], got[pair[1]])
