"""A loaded model at work: it answers those who wait until it dies, or is told to leave."""

import asyncio
import time
from typing import TYPE_CHECKING

from pipelines.engine.attending import attend
from pipelines.engine.call import Host
from pipelines.engine.job import Job
from pipelines.engine.sentences import died
from pipelines.engine.sizes import Sizes
from pipelines.engine.verdict import judge

if TYPE_CHECKING:
    from pipelines.engine.resident import Resident


class Serving:
    """Of one process, which is `host`."""

    def __init__(self, resident: "Resident", host: Host) -> None:
        self.resident, self.host = resident, host
        self.desk, self.way, self.house = resident.desk, resident.way, resident.house

    async def serve(self) -> None:
        """Answers what stands in line. Raises WorkerDied when the model is gone."""
        line = self.desk.line
        watch = asyncio.create_task(self.watch())
        try:
            while True:
                if self.way.found:
                    await self.way.take(self.host)
                    self.desk.sizes = Sizes()  # what was measured was the other way
                if job := line.take():
                    await self.turn(job)
                if self.host.ended.is_set():
                    raise died(self.resident.model)
                if not len(line) and not self.way.found:
                    self.resident.rest()
                    await line.news.wait()
        finally:
            watch.cancel()

    async def watch(self) -> None:
        """Wakes `serve` when the model dies while nobody asks it anything."""
        await self.host.ended.wait()
        self.desk.line.news.set()

    async def turn(self, job: Job) -> None:
        """As far as it comes, with others: where the model dies under it, it may be tried again."""
        try:
            if self.way.at_once > 1 and not job.alone:
                await self.perform_several(job)
            else:
                await self.perform(job)
        finally:
            self.desk.running.clear()

    def begin(self, job: Job) -> None:
        self.desk.begin(job)
        self.resident.enter("busy", "")

    async def trim(self) -> None:
        if not self.host.ended.is_set():
            await self.resident.share.trim()

    def lost(self, job: Job) -> bool:
        """Whether there is no use in beginning with it: nobody listens, or nobody would answer."""
        return job.left.is_set() or self.host.ended.is_set()

    # One call at a time -------------------------------------------------------------------------

    async def perform(self, job: Job) -> None:
        """One job together with others like it that wait."""
        self.begin(job)
        try:
            async with self.house.compute.turn() as threads:
                if self.lost(job):
                    self.desk.again(job)
                    return
                job = self.desk.join(job)
                await self.work_on(job, threads)
        except asyncio.CancelledError:
            job.fail(self.resident.farewell())
            raise
        await self.trim()

    async def work_on(self, job: Job, threads: int) -> None:
        start, resident = time.monotonic(), self.resident
        seconds = self.house.rules.call_seconds
        threads = min(threads, resident.place.threads or threads)

        def alone() -> bool:
            return not any(each.heard for each in self.desk.running if each is not job)

        ended = await attend(job, self.host, threads, seconds, resident.took or 0, alone)
        resident.stopped = ended or resident.stopped
        judge(resident, job, self.host)
        line = self.desk.line
        line.pace = (line.pace + time.monotonic() - start) / 2

    # Several beside one another -----------------------------------------------------------------

    async def perform_several(self, job: Job) -> None:
        """This job and those that come meanwhile, each beside the others, until nobody waits. To
        the machine they are one call."""
        self.begin(job)
        works: dict[asyncio.Task[None], Job] = {}
        try:
            async with self.house.compute.turn() as threads:
                taken: Job | None = job
                while taken or works:
                    if taken and self.lost(taken):
                        self.desk.running.remove(taken)
                        self.desk.again(taken)
                    elif taken:
                        work = asyncio.create_task(self.work_on(taken, threads))
                        works[work] = taken
                    taken = self.next_beside()
                    if not taken and works:
                        await self.some_end(works)
        except BaseException:  # the end of the stay, as a rule
            for work in works:
                work.cancel()
            await asyncio.wait(works) if works else None
            for each in (job, *works.values()):
                each.fail(self.resident.farewell())
            raise
        await self.trim()

    def next_beside(self) -> Job | None:
        """Who begins now beside the others."""
        if self.host.ended.is_set():
            return None
        if job := self.desk.next_beside(self.way.at_once):
            self.begin(job)
        return job

    async def some_end(self, works: "dict[asyncio.Task[None], Job]") -> None:
        """Returns when a work has ended, or somebody comes who may begin."""
        line = self.desk.line
        room = len(works) < self.way.at_once and not len(line)
        news = asyncio.ensure_future(line.news.wait() if room else asyncio.Event().wait())
        try:
            await asyncio.wait({*works, news}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        for work in [each for each in works if each.done()]:
            self.desk.running.remove(works.pop(work))
            work.result()
            await self.trim()
