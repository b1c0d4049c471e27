"""One model's stay: it is loaded, answers its line, is loaded anew when it dies, and leaves."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.acceleration.decision import Decision
from pipelines.engine.attending import attend
from pipelines.engine.batch import Batch, alike
from pipelines.engine.call import Call, Host, Quick, State, Status
from pipelines.engine.events import Crashed, Evicted, Loaded, Ran
from pipelines.engine.footprints import Footprint
from pipelines.engine.house import House
from pipelines.engine.job import Job
from pipelines.engine.line import Line
from pipelines.engine.past import Past
from pipelines.engine.sentences import (
    died,
    died_twice,
    farewell,
    not_begun,
    not_loaded,
    still_loading,
)
from pipelines.engine.sizes import Sizes
from pipelines.engine.standing import status_of
from pipelines.errors import ModelFailed, TaglineError, WorkerDied
from pipelines.hardware import Hardware

log = logging.getLogger(__name__)
ENDPOINT = "an endpoint"
LOADS = 4  # times the seconds that a caller waits for a load, which then is given up


@dataclass(eq=False)
class Resident:
    """`call` is the one for which it came: it says what is loaded, and how. `left` is called when
    it is no longer there for new calls. All methods belong to one event loop.
    """

    call: Call
    house: House
    past: Past
    left: Callable[["Resident"], None]
    pinned: bool = False
    host: Host | None = None
    state: State = "loading"
    reason: str = "waiting for room"
    since: float = field(default_factory=time.monotonic)
    bytes: int = 0  # loaded so far
    most: int = 0  # bytes that it was seen to take
    took: float | None = None
    running: list[Job] = field(default_factory=list)
    expected: Footprint = Footprint(0)
    stopped: bool = False  # ended by us, which is no crash
    repeated: bool = False  # ended by a call that had ended it before

    def __post_init__(self) -> None:
        self.model, self.place = self.call.model, self.call.place
        self.line: Line[Job] = Line(self.model.id, self.house.rules.most_waiting)
        self.loaded = self.promise()
        self.sizes = Sizes()
        self.at_once = 1  # calls that the model takes
        self.backend = ""  # in words, once a faster way is taken
        self.search: asyncio.Task[None] | None = None
        self.faster: tuple[Call, Path, Decision] | None = None  # what to take next
        self.timer: asyncio.TimerHandle | None = None
        # In a context of its own: a stay is more than the request that began it.
        self.life = asyncio.create_task(self.live(), context=Context())
        # Cancelled before its first step, it would end without a word.
        self.life.add_done_callback(lambda _: self.give_up(farewell(self.model, self.reason)))

    def promise(self) -> "asyncio.Future[None]":
        """That the model will be there; nobody need wait for it."""
        made: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        made.add_done_callback(lambda loaded: loaded.cancelled() or loaded.exception())
        return made

    @property
    def shown(self) -> str:
        """What everybody may read of it: which model an endpoint runs is its owner's to tell."""
        return ENDPOINT if self.place.name else self.model.shown

    # For the engine -----------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether somebody waits for it."""
        heard = any(job.heard for job in self.running)
        return heard or self.state == "loading" or len(self.line) > 0

    @property
    def idle(self) -> bool:
        """Whether it may be asked to leave for the sake of others."""
        return self.state in ("warm", "busy") and not self.busy and not self.pinned

    def pin(self, on: bool) -> None:
        """Keeps it, or lets it go again when nobody asks for it."""
        self.pinned = on
        if self.idle:
            self.rest()

    def push(self, job: Job) -> None:
        """Puts a job in line. Raises Unavailable where there is no place."""
        self.line.push(job)
        if self.timer:
            self.timer.cancel()

    def drop(self, job: Job) -> None:
        """The job's caller has left."""
        self.line.remove(job)
        job.leave()

    def jobs(self) -> list[Job]:
        """All that callers wait for."""
        return [*self.running, *self.line]

    async def until_loaded(self, job: Job | None = None) -> None:
        """Returns when the model is there, or `job` was told something before. Raises what the
        load failed with; Unavailable when it takes too long, though it goes on then.
        """
        if not self.loaded.done():
            seconds = self.house.rules.load_seconds
            over = asyncio.ensure_future((job.over if job else asyncio.Event()).wait())
            waited: set[asyncio.Future[Any]] = {self.loaded, over}
            try:
                await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                over.cancel()
            if not (self.loaded.done() or over.done()):
                raise still_loading(self.model, seconds)
        if job is None:
            self.loaded.result()

    async def leave(self, reason: str) -> None:
        """Ends the stay and returns when the memory is back; whoever still waits is told."""
        self.depart(reason)
        await asyncio.wait({self.life})

    def depart(self, reason: str) -> None:
        if self.state != "evicting":
            if self.host:
                self.house.tell(Evicted(self.model, reason, self.place.name))
            self.enter("evicting", reason)
            self.left(self)
            self.life.cancel()

    def status(self) -> Status:
        return status_of(self)

    # Its life -----------------------------------------------------------------------------------

    async def live(self) -> None:
        """From the first call to the last. Every way out ends the process and gives memory back."""
        try:
            while True:
                try:
                    await self.load()
                    await self.serve()
                except WorkerDied as error:
                    await self.recover(error)
                    if not self.wanted:
                        break
        except TaglineError as error:
            self.past.fail(error)
            self.house.note(self.model, error)
            self.give_up(error)
        except Exception as error:
            log.exception("The engine failed on %s", self.model.id)
            self.give_up(ModelFailed(f"{self.model.id} could not be run: {error}"))
        finally:
            if self.search:
                self.search.cancel()
            self.enter("evicting", self.reason)
            self.left(self)
            self.give_up(farewell(self.model, self.reason))
            await self.let_go()

    @property
    def wanted(self) -> bool:
        return self.pinned or len(self.line) > 0 or not self.loaded.done()

    async def load(self) -> None:
        """Room first, then the process."""
        if seconds := self.past.back_off:
            self.enter("loading", f"waiting {seconds:.0f} s after {self.past.crashes} crashes")
            await asyncio.sleep(seconds)
        self.enter("loading", "waiting for room")
        self.bytes, self.stopped, self.repeated = 0, False, False
        self.backend, self.search, self.faster, self.at_once = "", None, None, 1
        self.expected = await asyncio.to_thread(self.house.footprints.expect, self.call)
        await self.take_room()
        self.enter("loading", "reading the weights")
        self.host = await self.start()
        self.took = time.monotonic() - self.since
        self.most = 0
        self.settle(max(self.host.memory, self.expected.bytes))
        self.past.loaded()
        self.house.tell(Loaded(self.model, self.took, self.place.name))
        if not self.loaded.done():
            self.loaded.set_result(None)

    async def take_room(self) -> None:
        """A pinned model kept its room through a crash; others wait for some."""
        rooms = self.house.rooms
        if self in rooms.memory.shares:
            rooms.memory.take(self, rooms.memory.shares[self])
            return
        measured = self.house.footprints.measured(self.call)
        need = max(rooms.need(self.expected.bytes, measured), self.place.memory)
        await rooms.reserve(self, need)

    def settle(self, size: int) -> None:
        """Writes down what it takes, and no less than what is kept for it."""
        self.house.rooms.memory.settle(self, max(size, self.place.memory))

    async def start(self) -> Host:
        """Raises TooSlow for a load that comes to nothing, long after its callers gave up."""
        seconds = LOADS * self.house.rules.load_seconds
        try:
            async with asyncio.timeout(seconds):
                with self.house.hold(self.model):
                    return await self.house.placement.start(
                        self.call, self.hardware(), self.progress
                    )
        except TimeoutError as error:
            raise not_loaded(self.model, seconds) from error

    def hardware(self) -> Hardware:
        """What this model was given of it: of several GPUs, those that its share lies on."""
        whole = self.house.hardware
        pools = self.house.rooms.memory.shares[self]
        gpus = tuple(whole.gpus[pool] for pool in pools if whole.gpus)
        threads = min(self.place.threads or whole.threads, whole.threads)
        return replace(whole, gpus=gpus, dtype=self.place.dtype or whole.dtype, threads=threads)

    def progress(self, size: int) -> None:
        self.bytes = size
        self.house.rooms.memory.fill(self, size)

    def weigh(self, host: Host) -> None:
        """Writes down what the model takes, as far as its host knows. Only an answer tells: until
        it is used, a file of weights that was mapped lies mostly on the disk.
        """
        if host.memory > self.most:
            seconds = None if self.most else self.took
            self.most = host.memory
            self.settle(self.most)
            self.house.footprints.note(self.call, self.most, seconds)

    async def serve(self) -> None:
        """Answers what stands in line. Raises WorkerDied when the model is gone."""
        assert self.host
        watch = asyncio.create_task(self.watch(self.host))
        try:
            while True:
                if self.faster:
                    await self.quicken(self.host)
                job = self.line.take()
                if job and self.at_once > 1 and not job.alone:
                    await self.perform_several(job, self.host)
                elif job:
                    await self.perform(job, self.host)
                if self.host.ended.is_set():
                    raise died(self.model)
                if not len(self.line) and not self.faster:
                    self.rest()
                    await self.line.news.wait()
        finally:
            watch.cancel()

    async def watch(self, host: Host) -> None:
        """Wakes `serve` when the model dies while nobody asks it anything."""
        await host.ended.wait()
        self.line.news.set()

    async def perform(self, job: Job, host: Host) -> None:
        """One job, as far as it comes, together with others like it that wait; where the model
        dies under it, it may be tried again."""
        self.begin(job)
        try:
            async with self.house.compute.turn() as threads:
                if job.left.is_set() or host.ended.is_set():
                    self.again(job)
                    return
                self.running.remove(job)
                job = self.joined(job)
                self.running.append(job)
                await self.work_on(job, host, threads)
        except asyncio.CancelledError:
            job.fail(farewell(self.model, self.reason))
            raise
        finally:
            self.running.clear()
        if not host.ended.is_set():
            await self.house.rooms.trim(self)

    def begin(self, job: Job) -> None:
        """It is its turn now, beside those that are running."""
        self.running.append(job)
        for each in self.running if len(self.running) > 1 else ():
            each.beside = True
        self.enter("busy", "")

    async def work_on(self, job: Job, host: Host, threads: int) -> None:
        start = time.monotonic()
        seconds = self.house.rules.call_seconds
        threads = min(threads, self.place.threads or threads)

        def alone() -> bool:
            return not any(each.heard for each in self.running if each is not job)

        ended = await attend(job, host, threads, seconds, self.took or 0, alone)
        self.stopped = ended or self.stopped
        self.judge(job, host)
        self.line.pace = (self.line.pace + time.monotonic() - start) / 2

    async def perform_several(self, job: Job, host: Host) -> None:
        """This job and those that come meanwhile, each beside the others, until nobody waits. To
        the machine they are one call."""
        self.begin(job)
        works: dict[asyncio.Task[None], Job] = {}
        try:
            async with self.house.compute.turn() as threads:
                taken: Job | None = job
                while taken or works:
                    if taken and (taken.left.is_set() or host.ended.is_set()):
                        self.running.remove(taken)
                        self.again(taken)
                    elif taken:
                        work = asyncio.create_task(self.work_on(taken, host, threads))
                        works[work] = taken
                    taken = self.next_beside(host)
                    if taken:
                        self.begin(taken)
                    elif works:
                        await self.some_end(works)
        except BaseException:  # the end of the stay, as a rule
            for work in works:
                work.cancel()
            await asyncio.wait(works) if works else None
            for each in (job, *works.values()):
                each.fail(farewell(self.model, self.reason))
            raise
        finally:
            self.running.clear()
        if not host.ended.is_set():
            await self.house.rooms.trim(self)

    def next_beside(self, host: Host) -> Job | None:
        """Who may begin now beside the others."""
        if host.ended.is_set() or len(self.running) >= self.at_once:
            return None
        job = self.line.take()
        if job and job.alone:  # when the others are done
            self.line.put_back(job)
            return None
        return job

    async def some_end(self, works: "dict[asyncio.Task[None], Job]") -> None:
        """Returns when a work has ended, or somebody comes who may begin."""
        room = len(works) < self.at_once and not len(self.line)
        news = asyncio.ensure_future(self.line.news.wait() if room else asyncio.Event().wait())
        try:
            await asyncio.wait({*works, news}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        for work in [each for each in works if each.done()]:
            self.running.remove(works.pop(work))
            work.result()
            if not self.host or not self.host.ended.is_set():
                await self.house.rooms.trim(self)

    def joined(self, job: Job) -> Job:
        """The job with those that wait and may go through the model with it."""
        room = self.sizes.most(job.call) - job.call.weight
        if room < 1 or job.streams or job.alone:
            return job

        def fits(other: Job) -> bool:
            nonlocal room
            if not alike(job, other) or other.call.weight > room:
                return False
            room -= other.call.weight
            return True

        others = self.line.take_more(fits)
        return Batch([job, *others]) if others else job

    def measure(self, job: Job) -> None:
        """What a run that went well says of the next ones, and to those who count."""
        if isinstance(job, Batch) and not job.whole:
            if job.too_large:
                self.sizes.failed(job.call)
        elif job.began and job.ended and not job.streams:
            self.sizes.note(job.call, job.ended - job.began)
            self.house.tell(Ran(job.call))

    def judge(self, job: Job, host: Host) -> None:
        """What the outcome of a job means for it, and for its model."""
        assert job.work
        if job.work.cancelled():
            job.over.set()
            return
        error = job.work.exception()
        if error is None:
            self.past.answered()
            self.weigh(host)
            self.measure(job)
            self.look_for_faster(job)
            for trouble in job.troubles if isinstance(job, Batch) else ():
                self.blame(trouble)
        elif not isinstance(error, WorkerDied):
            self.blame(error)
            job.fail(error)
        elif isinstance(job, Batch):
            self.part(job)
        elif job.beside:  # nobody knows by which of them
            self.set_apart(job)
        else:
            job.crashes += 1
            self.repeated = job.crashes > 1
            self.again(job)

    def look_for_faster(self, job: Job) -> None:
        """Once, when the first answer is out."""
        seeker = self.house.quickening
        if self.search or not seeker or self.past.plain:
            return
        if not seeker.able(job.call, self.hardware()):
            return

        async def search() -> None:
            found = await seeker.find(job.call, self.hardware(), self.most)
            if found[1].words:
                self.faster = (job.call, *found)
                self.line.news.set()

        self.search = asyncio.create_task(search(), context=Context())

    async def quicken(self, host: Host) -> None:
        """Lets the model go on by the faster way, between two calls."""
        assert self.faster
        (call, place, found), self.faster = self.faster, None
        if not isinstance(host, Quick):
            return
        self.backend = found.words
        try:
            self.at_once = await host.adopt(call, str(place), found.name)
        except WorkerDied:
            raise
        except TaglineError as error:
            self.backend = ""
            log.info("%s stays with torch: %s", self.model.shown, error)

    def blame(self, error: BaseException) -> None:
        if getattr(error, "status", 500) >= 500:  # anything else is the caller's own
            self.house.note(self.model, error)

    def part(self, batch: Batch) -> None:
        """The model died under several calls, nobody knows by which: each is tried by itself."""
        for each in reversed(batch.disband()):
            if self.place.name:
                each.fail(died(self.model))
            else:
                self.line.put_back(each)

    def set_apart(self, job: Job) -> None:
        """The model died under it and others: its next try is its own, and only that counts."""
        job.alone, job.beside = True, False
        if self.place.name and not job.left.is_set():
            job.fail(died(self.model))
        else:
            self.again(job)

    def again(self, job: Job) -> None:
        """Back to the head of the line, unless its caller has seen something, or left. In a place
        of its own it is told at once: there may be another one that can take the call."""
        if job.left.is_set() or job.over.is_set():
            job.over.set()
        elif job.sent or job.crashes > 1:
            job.fail(died_twice(self.model))
        elif self.place.name:
            job.fail(died(self.model) if job.crashes else not_begun(self.model))
        else:
            self.line.put_back(job)

    async def recover(self, error: WorkerDied) -> None:
        """After a crash: tells those who have seen two. Raises Unavailable once there were too
        many.
        """
        if self.state == "loading":
            for job in self.line:
                job.crashes += 1
                if job.crashes > 1:
                    self.line.remove(job)
                    job.fail(error)
        elif self.place.name:
            self.line.fail(not_begun(self.model))
        if self.search:  # its proof was for what has ended
            self.search.cancel()
        await self.let_go(keep=self.pinned)
        if self.wanted and self.loaded.done():
            self.loaded = self.promise()
        if self.stopped:
            return
        if self.backend:  # it may be to blame
            self.past.plain = True
            log.warning("%s goes by torch from now on: it ended while it went by %s",
                        self.model.shown, self.backend)  # fmt: skip
        self.house.note(self.model, error)
        try:
            if not self.repeated:  # one call counts once, though it was tried twice
                self.past.crashed(self.model.id)
        finally:
            gone = bool(self.past.quarantined)
            self.house.tell(Crashed(self.model, gone, self.place.name))

    async def let_go(self, keep: bool = False) -> None:
        """Ends the process, and gives its room back unless it is to `keep`."""
        if self.timer:
            self.timer.cancel()
        try:
            if self.host:
                await self.host.close()
                self.host = None
        finally:
            if not keep:
                self.house.rooms.release(self)

    def give_up(self, error: TaglineError) -> None:
        """Nobody who waits will be answered."""
        self.line.fail(error)
        if not self.loaded.done():
            self.loaded.set_exception(error)

    def rest(self) -> None:
        """Nobody waits: others may have the room, and after a while it is given back anyway."""
        self.enter("warm", "")
        self.house.rooms.news.set()
        if self.timer:
            self.timer.cancel()
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(self.house.rules.idle_seconds, self.expire)

    def expire(self) -> None:
        if self.idle:
            minutes = self.house.rules.idle_seconds / 60
            self.depart(f"unused for {minutes:g} minutes")

    def enter(self, state: State, reason: str) -> None:
        if (state, reason) != (self.state, self.reason):
            self.state, self.reason, self.since = state, reason, time.monotonic()
