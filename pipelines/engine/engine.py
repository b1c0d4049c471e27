"""The owner of loaded models: each is loaded once for all who ask, and leaves when others need
its room or nobody needs it."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.allowance import Allowance
from pipelines.engine.call import EVERYBODYS, Answer, Call, Placement, Rules, State, Status
from pipelines.engine.compute import Compute
from pipelines.engine.events import Event, Listener
from pipelines.engine.footprints import Footprints
from pipelines.engine.house import House
from pipelines.engine.job import Job
from pipelines.engine.memory import Memory, pools
from pipelines.engine.past import Past, Trouble
from pipelines.engine.quickening import OFF, Quickening
from pipelines.engine.resident import Resident
from pipelines.engine.rooms import Rooms, Tenant
from pipelines.engine.sentences import CLOSING, closing
from pipelines.errors import Unavailable
from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.models.fit import Fit, judge

Key = tuple[Any, ...]
RECENT = 20  # troubles that are kept to be shown


def key_of(call: Call) -> Key:
    """Tasks that load a model in the same way share it, each place has its own."""
    model = call.model
    return (model.id, model.revision, model.owner, call.loader, call.place)


def is_shared(resident: Resident, model: Model) -> bool:
    return resident.model == model and not resident.place.name


class Engine:
    """Answers calls. All methods belong to one event loop; models run elsewhere.

    `hold` keeps a model's files in place while it loads; `memory` says how much room there is, and
    `allowance` how much compute each client has left. `ways` is the folder for what is found out
    about faster ways to run models, and `acceleration` which of them are wanted. Whoever stands in
    `listeners` is told of every event.
    """

    def __init__(
        self,
        placement: Placement,
        hardware: Hardware,
        rules: Rules | None = None,
        memory: Memory[Tenant] | None = None,
        footprints: Footprints | None = None,
        hold: Callable[[Model], AbstractContextManager[None]] = lambda model: nullcontext(),
        allowance: Allowance | None = None,
        ways: Path | None = None,
        acceleration: str = OFF,
    ) -> None:
        self.placement, self.hardware, self.rules = placement, hardware, rules or Rules()
        self.memory = memory or Memory(pools(hardware))
        self.footprints = footprints or Footprints(hardware)
        self.allowance = allowance or Allowance()
        self.residents: OrderedDict[Key, Resident] = OrderedDict()
        self.leaving: set[Resident] = set()
        self.pasts: dict[Key, Past] = {}
        self.pins: set[Key] = set()
        self.errors: deque[Trouble] = deque(maxlen=RECENT)
        self.listeners: list[Listener] = []
        self.draining = False
        rooms = Rooms(self.memory, self.idle, self.rules.room_seconds)
        compute = Compute(hardware)
        self.house = House(
            placement, hardware, self.rules, rooms, compute, self.footprints, hold, self.note,
            self.tell,
            Quickening(placement, ways, self.left, acceleration) if ways else None,
        )  # fmt: skip

    def left(self) -> int:
        """Bytes that no model holds."""
        return max(0, sum(self.memory.free()))

    # Calls --------------------------------------------------------------------------------------

    async def predict(self, call: Call) -> Answer:
        """Answers a batch. Raises the TaglineError that says what went wrong."""
        job = Job(call, worked=self.allowance.charge)
        async with self.lined_up(job) as resident:
            done = await job.answer()
            self.tell_backend(call, resident)
        told, tokens, device = tuple(call.notices), sum(call.read), self.hardware.device
        backend = "".join(call.backends)
        return Answer(done.values, done.seconds, device, told, tokens, backend, done.together)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """Yields the chunks of one answer; closing the generator stops the model."""
        job = Job(call, streams=True, worked=self.allowance.charge)
        async with self.lined_up(job) as resident, aclosing(job.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk
            self.tell_backend(call, resident)

    def tell_backend(self, call: Call, resident: Resident) -> None:
        if resident.way.words and not any(call.plain):
            call.backends.append(resident.way.words)

    @asynccontextmanager
    async def lined_up(self, job: Job) -> AsyncIterator[Resident]:
        """Enters when the job's model is there; in the end tells what became of the job."""
        error: BaseException | None = None
        try:
            await self.allowance.check(job.call.client)
            resident = self.enqueue(job)
            try:
                await resident.until_loaded(job)
                yield resident
            finally:
                resident.desk.drop(job)
        except BaseException as raised:
            error = raised
            raise
        finally:
            self.tell(job.finished(error))

    def enqueue(self, job: Job) -> Resident:
        resident = self.resident(job.call)
        resident.push(job)
        return resident

    def resident(self, call: Call) -> Resident:
        """The one that answers `call`, on its way in if it was not here."""
        if self.draining:
            raise closing()
        key = key_of(call)
        past = self.pasts.setdefault(key, Past())
        past.check(call.model.id)
        if key not in self.residents:
            bare = replace(call, inputs=[], params=None)  # a stay is longer than anybody's data
            self.residents[key] = Resident(bare, self.house, past, self.gone, key in self.pins)
        self.residents.move_to_end(key)
        return self.residents[key]

    def loaded(self, call: Call) -> bool:
        """Whether the call's model could answer at once, or after those before it."""
        found = self.residents.get(key_of(call))
        return found is not None and found.arrival.done

    async def arrives(self, call: Call, seconds: float) -> bool:
        """Begins to load the call's model; whether the load ends, well or badly, within so many
        seconds. It goes on in any case."""
        coming = self.resident(call).arrival.coming
        if not coming.done():
            await asyncio.wait({coming}, timeout=seconds)
        return coming.done()

    async def eta(self, call: Call) -> float | None:
        """Seconds until the call's model is there, as far as anybody knows."""
        now = self.status(call.model)
        return now.eta if now.eta is not None else (await self.fit(call)).seconds

    def gone(self, resident: Resident) -> None:
        """New calls find it no more; whoever calls its model now begins a new stay."""
        key = key_of(resident.call)
        if self.residents.get(key) is resident:
            del self.residents[key]
            self.leaving.add(resident)
            resident.life.add_done_callback(lambda _: self.leaving.discard(resident))

    def note(self, model: Model, error: BaseException) -> None:
        """Keeps what went wrong for those who look after the machine."""
        self.errors.appendleft(Trouble(model.shown, str(error), time.time()))

    def tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)

    def idle(self) -> Sequence[Resident]:
        """Those that may leave, the least recently used first."""
        return [each for each in self.residents.values() if each.idle]

    # By hand ------------------------------------------------------------------------------------

    async def load(self, call: Call) -> None:
        """Loads the call's model without running it; what it failed with before is forgiven."""
        self.pasts.setdefault(key_of(call), Past()).forgive()
        await self.resident(call).until_loaded()

    async def unload(self, model: Model) -> bool:
        """Ends the stay of `model`; False if it was not here. Raises Unavailable while busy."""
        found = self.of(model)
        if any(each.busy and each.state != "loading" for each in found):
            raise Unavailable(f"{model.id} is answering a call. Try again when it is done.", 5)
        for each in found:
            self.pins.discard(key_of(each.call))
            each.depart("unloaded by hand")
        await asyncio.gather(*(each.leave("unloaded by hand") for each in found))
        return bool(found)

    async def pin(self, call: Call, on: bool = True) -> None:
        """Keeps the call's model loaded, come what may, or no longer."""
        key = key_of(call)
        self.pins.add(key) if on else self.pins.discard(key)
        if key in self.residents:
            self.residents[key].pin(on)
        if not on:
            return
        try:
            await self.load(call)
        except BaseException:
            await self.pin(call, on=False)
            raise

    def of(self, model: Model) -> list[Resident]:
        """Every stay of `model` that is everybody's: tasks may load it in several ways."""
        return [each for each in self.residents.values() if is_shared(each, model)]

    def staying(self, call: Call) -> Resident | None:
        """The very stay that would answer `call`, if it is there or on its way."""
        return self.residents.get(key_of(call))

    async def release(self, call: Call, reason: str) -> None:
        """Ends that one stay, pinned or not, and forgets it; returns when its memory is back."""
        key = key_of(call)
        self.pins.discard(key)
        if found := self.residents.get(key):
            await found.leave(reason)
        self.pasts.pop(key, None)

    # What is told -------------------------------------------------------------------------------

    def status(self, model: Model) -> Status:
        """Where `model` stands now, by its most recent use."""
        if found := self.of(model):
            return found[-1].status()
        names = (model.id, model.revision)
        pasts = [p for key, p in self.pasts.items() if (key[:2], key[-1]) == (names, EVERYBODYS)]
        past = max(pasts, key=lambda each: (each.error is not None, each.crashes), default=Past())
        if past.error is None and (leaving := self.leaving_of(model)):
            return leaving[-1].status()
        state: State = "failed" if past.error else "cold"
        state = "quarantined" if past.quarantined else state
        return Status(state, past.error or "", error=past.error, crashes=past.crashes)

    @property
    def ready(self) -> bool:
        """Whether a call would be taken up at once."""
        return self.placement.ready and not self.draining

    def leaving_of(self, model: Model) -> list[Resident]:
        return [each for each in self.leaving if is_shared(each, model)]

    def all(self) -> list[Resident]:
        """Everyone who holds or waits for memory, the most recently used first."""
        return [*reversed(self.residents.values()), *self.leaving]

    async def fit(self, call: Call) -> Fit:
        """Whether the call's model fits, who would leave for it, and how long it takes here."""
        expected = await asyncio.to_thread(self.footprints.expect, call)
        measured, here = self.footprints.measured(call), key_of(call) in self.residents
        need = self.house.rooms.need(expected.bytes, measured)
        plan = None if here else self.memory.plan(need, self.idle())
        return judge(
            need=expected.bytes,
            seconds=expected.seconds,
            measured=measured,
            here=here,
            never=self.memory.never(need),
            free=self.left(),
            leaving=None if plan is None else [each.shown for each in plan.leaving],
        )

    # The end ------------------------------------------------------------------------------------

    async def drain(self, seconds: float) -> None:
        """Takes no more calls, and waits for those that are here, but not for ever."""
        self.draining = True
        jobs = [job for each in self.residents.values() for job in each.desk.jobs()]
        if jobs:
            waits = [asyncio.ensure_future(job.over.wait()) for job in jobs]
            _, late = await asyncio.wait(waits, timeout=seconds)
            for each in late:
                each.cancel()

    async def close(self) -> None:
        """Ends every stay."""
        self.draining = True
        self.pins.clear()
        everyone = [*self.residents.values(), *self.leaving]
        await asyncio.gather(*(each.leave(CLOSING) for each in everyone))
        await self.placement.close()
