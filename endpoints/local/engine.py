"""Endpoints in this server's own engine: nothing else has to be installed or started."""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import Context
from dataclasses import replace
from pathlib import Path
from typing import Any

from endpoints.engines import Deployment, Line
from endpoints.local import journal
from endpoints.local.autoscaler import Clock, Pace
from endpoints.local.calls import Limit, Tries, failed, joined, until
from endpoints.local.copy import Copy
from endpoints.local.group import Group, Load, load
from endpoints.spec import Spec
from endpoints.status import Status
from pipelines.engine.call import Answer, Call
from pipelines.engine.engine import Engine
from pipelines.engine.events import Crashed, Event, Loaded
from pipelines.errors import (
    InvalidInput,
    Unavailable,
    UnknownEndpoint,
    UnsupportedTask,
    WorkerDied,
)
from pipelines.models.offer import in_words

PAUSED = Unavailable("This endpoint is paused or deleted. Its owner can resume it.")


class LocalEngine:
    """`folder` is where replicas write their logs, None for nowhere; `clock` and `pace` are when
    replicas come and go."""

    name = "local"

    def __init__(
        self, engine: Engine, folder: Path | None = None, clock: Clock = time.monotonic,
        pace: Pace | None = None, load: Load = load,
    ) -> None:  # fmt: skip
        self.engine, self.folder, self.clock, self.load = engine, folder, clock, load
        self.pace = pace or Pace()
        self.groups: dict[str, Group] = {}
        self.lives: dict[Group, asyncio.Task[None]] = {}
        engine.listeners.append(self.hear)

    # What should run ----------------------------------------------------------------------------

    def check(self, spec: Spec) -> None:
        """Raises InvalidInput for what this machine has not."""
        asked, has = spec.hardware, self.engine.hardware
        lacks = {
            f"tier {asked.tier}": asked.tier not in (None, has.tier),
            f"{asked.gpus:g} GPUs": asked.gpus > len(has.gpus),
            f"{asked.cpus} CPUs": asked.cpus is not None and asked.cpus > has.threads,
            f"{asked.memory_gb} GB": asked.memory > self.engine.memory.size,
            "labels": bool(asked.labels),
        }
        if missing := [what for what, short in lacks.items() if short]:
            size = in_words(self.engine.memory.size)
            raise InvalidInput(
                f"hardware: this machine cannot give {', '.join(missing)}. It is {has.tier}, with "
                f"{has.threads} CPUs, {size} for models and {len(has.gpus)} GPUs. Ask for less, or "
                "choose the engine ray, which has several machines."
            )

    async def apply(self, wanted: Sequence[Deployment]) -> None:
        named = {each.spec.name: each for each in wanted}
        for name in self.groups.keys() - named.keys():
            self.groups.pop(name).retire(PAUSED)
        for name, deployment in named.items():
            if name in self.groups:
                self.groups[name].deploy(deployment)
            else:
                self.begin(name, deployment)

    def begin(self, name: str, deployment: Deployment) -> None:
        folder = self.folder and self.folder / name
        group = Group(
            self.engine, deployment, lambda: folder and journal.prepare(folder), self.clock,
            self.pace, self.load,
        )  # fmt: skip
        self.groups[name] = group
        # In a context of its own: it is more than the request that began it.
        life = asyncio.create_task(group.live(), context=Context())
        self.lives[group] = life
        life.add_done_callback(lambda _: self.lives.pop(group, None))

    def group(self, name: str) -> Group:
        if name not in self.groups:
            raise UnknownEndpoint(f"No endpoint {name[:80]!r} runs on this machine.")
        return self.groups[name]

    async def restart(self, name: str, replica: str) -> None:
        if not self.group(name).restart(replica):
            raise UnknownEndpoint(f"Endpoint {name} has no replica {replica[:80]!r} now.")

    def hear(self, event: Event) -> None:
        """What the engine tells of replicas."""
        match event:
            case Crashed(_, _, place) if place:
                for group in self.lives:
                    group.crashed(place)
            case Loaded(_, _, place) if place:
                for group in self.lives:
                    group.kick.set()

    # Calls --------------------------------------------------------------------------------------

    async def predict(self, name: str, call: Call) -> Answer:
        size = self.group(name).deployment.spec.max_batch
        inputs = call.inputs
        parts = [inputs[at : at + size] for at in range(0, len(inputs), size)] or [inputs]
        return joined([await self.run(name, replace(call, inputs=part)) for part in parts])

    async def run(self, name: str, call: Call) -> Answer:
        tries = Tries()
        while True:
            try:
                async with self.seat(name, call, tries) as (copy, limit), limit.kept():
                    return await self.engine.predict(replace(call, place=copy.call.place))
            except WorkerDied as error:
                tries.note(error)

    async def stream(self, name: str, call: Call) -> AsyncGenerator[Any, None]:
        tries, begun = Tries(), False
        while True:
            try:
                async with self.seat(name, call, tries) as (copy, limit):
                    chunks = self.engine.stream(replace(call, place=copy.call.place))
                    async with aclosing(until(chunks, limit)) as timed:
                        async for chunk in timed:
                            begun = True
                            yield chunk
                    return
            except WorkerDied as error:
                if begun:
                    raise
                tries.note(error)

    @asynccontextmanager
    async def seat(self, name: str, call: Call, tries: Tries) -> AsyncIterator[tuple[Copy, Limit]]:
        """A replica for a call, and the time that it may take."""
        group = self.group(name)
        if group.given_up and not any(each.ready for each in group.copies):
            raise failed(name, group.trouble)
        async with group.queue.seat(call, again=tries.count > 0) as (copy, works):
            if call.loader != copy.call.loader:
                raise UnsupportedTask(
                    f"Endpoint {name} runs its model for {copy.call.task.tag}, and {call.task.tag} "
                    "needs it loaded in another way. Create another endpoint for that task."
                )
            yield copy, Limit(name, group.deployment.spec.timeout, works)

    async def arrives(self, name: str, seconds: float) -> bool:
        group, until = self.group(name), time.monotonic() + seconds
        group.scaler.wake()
        group.kick.set()
        while not any(each.ready for each in group.copies):
            if group.given_up:
                raise failed(name, group.trouble)
            if group.retired:
                raise PAUSED
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(min(0.05, max(0.0, until - time.monotonic())))
        return True

    # What is told -------------------------------------------------------------------------------

    async def status(self) -> Mapping[str, Status]:
        return {name: group.status() for name, group in self.groups.items()}

    async def proxies(self, name: str) -> Sequence[str]:
        return ()

    async def logs(self, name: str, replica: str | None = None, tail: int = 50) -> Sequence[Line]:
        if not self.folder:
            return ()
        return await asyncio.to_thread(journal.tail, self.folder / name, replica, tail)

    async def follow(self, name: str, replica: str | None = None) -> AsyncGenerator[Line, None]:
        if self.folder:
            async with aclosing(journal.follow(self.folder / name, replica)) as lines:
                async for line in lines:
                    yield line

    async def forget(self, name: str) -> None:
        if self.folder:
            await asyncio.to_thread(shutil.rmtree, self.folder / name, ignore_errors=True)

    async def metrics(self, name: str) -> Mapping[str, float]:
        now = self.group(name).status()
        return {
            "replicas": now.ready,
            "replicas_wanted": now.wanted,
            "in_flight": now.in_flight,
            "waiting": now.waiting,
            "memory_bytes": now.memory,
            "restarts": sum(each.restarts for each in now.replicas),
        }

    async def close(self) -> None:
        self.engine.listeners.remove(self.hear)
        lives = list(self.lives.items())
        for _, life in lives:
            life.cancel()
        await asyncio.gather(*(life for _, life in lives), return_exceptions=True)
        await asyncio.gather(*(group.close() for group, _ in lives))
