"""The share of the machine that one model has: asked for, filled, measured and given back."""

import asyncio
from dataclasses import dataclass, field, replace

from pipelines.engine.call import Call, Host
from pipelines.engine.footprints import Footprint, Footprints
from pipelines.engine.rooms import Rooms, Tenant
from pipelines.hardware import Hardware

NOTHING = Footprint(0)


@dataclass(eq=False)
class Share:
    """`who` holds it, for the model of `call`; `whole` is the machine. What it is `expected` to be,
    and in bytes what is `filled` so far of a load, and the `most` that the model was seen to take.
    """

    who: Tenant
    call: Call
    rooms: Rooms
    footprints: Footprints
    whole: Hardware
    expected: Footprint = field(default=NOTHING, init=False)
    filled: int = field(default=0, init=False)
    most: int = field(default=0, init=False)

    @property
    def held(self) -> int:
        """Bytes that are written down for it."""
        return self.rooms.memory.held(self.who)

    async def take(self) -> None:
        """A pinned model kept its room through a crash; others wait for some."""
        self.filled = 0
        self.expected = await asyncio.to_thread(self.footprints.expect, self.call)
        memory = self.rooms.memory
        if self.who in memory.shares:
            memory.take(self.who, memory.shares[self.who])
            return
        measured = self.footprints.measured(self.call)
        need = max(self.rooms.need(self.expected.bytes, measured), self.call.place.memory)
        await self.rooms.reserve(self.who, need)

    def hardware(self) -> Hardware:
        """What the model has of the machine: of several GPUs, those that its share lies on."""
        whole, place = self.whole, self.call.place
        pools = self.rooms.memory.shares[self.who]
        gpus = tuple(whole.gpus[pool] for pool in pools if whole.gpus)
        threads = min(place.threads or whole.threads, whole.threads)
        return replace(whole, gpus=gpus, dtype=place.dtype or whole.dtype, threads=threads)

    def fill(self, size: int) -> None:
        """So many bytes are loaded."""
        self.filled = size
        self.rooms.memory.fill(self.who, size)

    def loaded(self, host: Host) -> None:
        """All of it is there, though nobody has seen yet what it takes in use."""
        self.most = 0
        self.settle(max(host.memory, self.expected.bytes))

    def weigh(self, host: Host, took: float | None) -> None:
        """Writes down what the model takes, as far as its host knows, and the seconds that its load
        `took`. Only an answer tells: until it is used, a file of weights that was mapped lies
        mostly on the disk.
        """
        if host.memory > self.most:
            seconds = None if self.most else took
            self.most = host.memory
            self.settle(self.most)
            self.footprints.note(self.call, self.most, seconds)

    def settle(self, size: int) -> None:
        """Writes down what it takes, and no less than what is kept for it."""
        self.rooms.memory.settle(self.who, max(size, self.call.place.memory))

    async def trim(self) -> None:
        """Where it has grown beyond what there is, idle ones leave."""
        await self.rooms.trim(self.who)

    def release(self) -> None:
        self.rooms.release(self.who)
