"""Calls that go through a model together, though each came by itself."""

import time
from collections.abc import Sequence
from dataclasses import replace

from pipelines.engine.call import Host
from pipelines.engine.job import Done, Job
from pipelines.errors import ModelFailed, TaglineError, WorkerDied


def alike(one: Job, other: Job) -> bool:
    """Whether the two may go together: the same task, in the same way, and both whole answers."""
    if other.streams or other.alone or one.call.task.tag != other.call.task.tag:
        return False
    mine, theirs = one.call.params, other.call.params
    return bool(mine == theirs and mine.model_fields_set == theirs.model_fields_set)


class Batch(Job):
    """To the model it is one call, of which each member gets its own part.

    What belongs to one member alone cannot be told apart in a batch: an error, a notice, tokens
    that were not counted by rows. Then each member is asked by itself. So it is when the model
    dies: the next try is each one's own, and only that counts against it.
    """

    def __init__(self, members: Sequence[Job]) -> None:
        inputs = [row for each in members for row in each.call.inputs]
        call = replace(members[0].call, inputs=inputs, notices=[], read=[], written=[], rows=[],
                       plain=[], together=True)  # fmt: skip
        super().__init__(call)
        self.members = list(members)
        self.whole = False  # whether it went through as one
        self.too_large = False  # whether it failed as one, though no member did
        self.troubles: list[TaglineError] = []  # of members, which have been told
        for each in members:
            each.batch = self

    def member_left(self) -> None:
        """It goes on as long as anybody waits."""
        if all(each.left.is_set() for each in self.members):
            self.leave()

    async def run(self, host: Host, threads: int) -> None:
        """Raises WorkerDied; every other error goes to the member that it belongs to."""
        try:
            await self.run_all(host, threads)
        finally:
            for each in self.members:  # or they would hold one another in memory
                each.batch = None

    async def run_all(self, host: Host, threads: int) -> None:
        self.began = time.perf_counter()
        for each in self.members:
            each.begun()
        try:
            values = await host.run(self.call, threads)
        except WorkerDied:
            raise
        except TaglineError as error:
            await self.one_by_one(host, threads)
            self.too_large = isinstance(error, ModelFailed) and not self.troubles
            return
        seconds = time.perf_counter() - self.began
        if self.parts():
            self.whole = True
            self.share(values, seconds)
        else:
            await self.one_by_one(host, threads)

    def parts(self) -> bool:
        """Whether it is known of all that was told and counted whose it is."""
        call = self.call
        by_rows = len(call.rows) == len(call.inputs) or not sum(call.read)
        return by_rows and not call.notices and not sum(call.written)

    def share(self, values: list[object], seconds: float) -> None:
        """To each its own values and tokens, and its part of the cost."""
        at = 0
        for each in self.members:
            size = len(each.call.inputs)
            each.call.read.append(sum(self.call.rows[at : at + size]))
            each.call.written.append(0)
            each.worked(each.call.client, seconds * size / len(values))
            each.end(Done(values[at : at + size], seconds, len(self.members)))
            at += size
        self.end(Done([], seconds))

    async def one_by_one(self, host: Host, threads: int) -> None:
        for each in self.members:
            if each.left.is_set():
                continue
            try:
                await each.run(host, threads)
            except WorkerDied:
                each.crashes += 1
                raise
            except TaglineError as error:
                self.troubles.append(error)
                each.fail(error)
        self.end(Done([], 0.0))

    def fail(self, error: BaseException) -> None:
        for each in self.members:
            each.fail(error)
        super().fail(error)

    def disband(self) -> list[Job]:
        """Those who still wait, for a try of their own each."""
        for each in self.members:
            each.alone, each.batch = True, None
        self.over.set()
        return [each for each in self.members if not (each.over.is_set() or each.left.is_set())]
