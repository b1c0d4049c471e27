"""Looks for a faster way to run a model, beside the model that answers meanwhile."""

import asyncio
import fcntl
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from pipelines.acceleration.decision import (
    LOCK,
    PLAIN,
    Decision,
    Tried,
    clear,
    folder,
    read,
    write,
)
from pipelines.acceleration.prove import able
from pipelines.engine.call import Call, Placement, Quick
from pipelines.errors import TaglineError
from pipelines.hardware import Hardware

log = logging.getLogger(__name__)
OFF = "off"
# Times the memory of a model that its proof takes: weights, graph, and what it computes. On disk it
# takes as much: the graph, and what is compiled of it for each way.
ROOM = 3
SECONDS = 600.0  # for a proof, at most
LOOK_SECONDS = 0.5  # between two looks at whether another process has done with it


@dataclass
class Quickening:
    """`wanted` is `auto`, `off`, or the name of a candidate, unless a call's place says another;
    `free` says how many bytes are left. Decisions are kept below `home`. One model at a time is
    tried.
    """

    placement: Placement
    home: Path
    free: Callable[[], int]
    wanted: str = "auto"
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def able(self, call: Call, hardware: Hardware) -> bool:
        off = self.wanted_for(call) == OFF
        return not off and able(call.task, hardware) and not call.model.handler

    def wanted_for(self, call: Call) -> str:
        return call.place.acceleration or self.wanted

    async def find(self, call: Call, hardware: Hardware, size: int) -> tuple[Path, Decision]:
        """What was decided, now or before, and where that is kept. `size` is what the model takes.
        Raises nothing: a way that cannot be tried is none."""
        place = folder(self.home, call.task, call.model, hardware) / self.wanted_for(call)
        found = await asyncio.to_thread(read, place)
        if found is None and min(self.free(), free_on_disk(self.home)) > ROOM * size:
            try:
                async with self.turn, alone(place):
                    found = read(place) or await self.prove(call, hardware, place)
            except OSError as error:
                log.warning("No faster way can be kept in %s: %s", self.home, error)
        return place, found or Decision(PLAIN)

    async def prove(self, call: Call, hardware: Hardware, place: Path) -> Decision | None:
        """In a process of its own, so that nobody waits for it."""
        bare = replace(call, inputs=[], params=None, place=replace(call.place, log=""))
        try:
            host = await self.placement.start(bare, hardware, lambda size: None)
            try:
                if isinstance(host, Quick):
                    async with asyncio.timeout(SECONDS):
                        await host.prove(bare, str(place), self.wanted_for(call))
            finally:
                await host.close()
        except (TaglineError, TimeoutError) as error:
            log.info("No faster way was found for %s: %s", call.model.shown, error)
            failed = Decision(PLAIN, tried=(Tried("openvino", why=str(error) or "too slow"),))
            await asyncio.to_thread(clear, place)
            await asyncio.to_thread(write, place, failed)  # or it would be tried at each start
        return await asyncio.to_thread(read, place)


def free_on_disk(folder: Path) -> int:
    """Bytes, where `folder` is or would be."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(there).free


@asynccontextmanager
async def alone(place: Path) -> AsyncIterator[None]:
    """While no other process of this machine is inside: replicas on a node of a cluster share what
    was found out, and would write one file at a time. Raises OSError."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / LOCK).open("w") as lock:
        while not locked(lock):
            await asyncio.sleep(LOOK_SECONDS)
        yield


def locked(file: IO[str]) -> bool:
    """The lock ends with the open file, whatever becomes of the process."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
