"""Endpoints on a Ray cluster: what should run is put there, and calls go to its proxies."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any

import httpx

from endpoints.engines import Deployment, Line
from endpoints.local.calls import Tries
from endpoints.ray import frames, keys, logs
from endpoints.ray.application import actor, check_labels, most_at_work, name_of
from endpoints.ray.desired import Desired
from endpoints.ray.doors import Doors
from endpoints.ray.proxies import Proxies
from endpoints.ray.rest import Rest
from endpoints.ray.waking import Waking
from endpoints.spec import Spec
from endpoints.status import Status
from pipelines.engine.call import Answer, Call
from pipelines.errors import UnknownEndpoint, WorkerDied
from pipelines.settings import Limits

LINE_SECONDS = 300.0  # that a call may stand in the cluster's line before a replica works on it
KEPT = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=4)


class RayEngine:
    """`address` is that of Ray's dashboard, `token` the cluster's own. Everything is asked of its
    REST API; nothing of Ray has to be installed here. Where it is `readonly`, others declare the
    same applications (by an exported file), and they are only called."""

    name: str = "ray"

    def __init__(self, address: str, token: str, limits: Limits, readonly: bool = False) -> None:
        own = keys.derive(token)
        self.client = httpx.AsyncClient(trust_env=False, limits=KEPT)
        self.rest = Rest(address, token)
        self.pool = Proxies()
        self.desired = Desired(self.rest, own, limits, self.pool.learn, readonly)
        self.doors = Doors(self.client, self.pool, own.signing, self.desired.refresh)
        self.waking = Waking(self.desired, self.doors)
        self.under_way: Counter[str] = Counter()

    def check(self, spec: Spec) -> None:
        """Raises InvalidInput for what no Ray can give."""
        actor(spec.hardware)
        check_labels(spec.hardware.labels)

    async def apply(self, wanted: Sequence[Deployment]) -> None:
        await self.desired.apply(wanted)

    async def restart(self, name: str, replica: str) -> None:
        """Ray replaces no single replica: all of the endpoint's come anew, one by one."""
        now = await self.known(name)
        if all(each.id != replica for each in now.replicas):
            raise UnknownEndpoint(f"Endpoint {name} has no replica {replica[:80]!r} now.")
        await self.desired.renew(name)

    # Calls --------------------------------------------------------------------------------------

    async def predict(self, name: str, call: Call) -> Answer:
        body, tries = frames.body("run", call), Tries()
        while True:
            try:
                async with aclosing(self.answers(name, body)) as found:
                    async for frame in found:
                        return frames.conclude(call, frame)
                raise cut_short()
            except WorkerDied as error:
                tries.note(error)

    async def stream(self, name: str, call: Call) -> AsyncGenerator[Any, None]:
        body, tries, begun = frames.body("stream", call), Tries(), False
        while True:
            try:
                async with aclosing(self.answers(name, body)) as found:
                    async for frame in found:
                        if "chunk" not in frame:
                            frames.conclude(call, frame)
                            return
                        begun = True
                        yield frame["chunk"]
                raise cut_short()
            except WorkerDied as error:
                if begun:
                    raise
                tries.note(error)

    async def answers(self, name: str, body: bytes) -> AsyncGenerator[dict[str, Any], None]:
        """The frames of one try."""
        with self.counted(name):
            await self.waking.awaken(name)
            seconds = self.desired.one(name).spec.timeout + LINE_SECONDS
            async with aclosing(self.doors.ask(name_of(name), body, seconds)) as found:
                async for frame in found:
                    self.note(frame)
                    yield frame

    @contextmanager
    def counted(self, name: str) -> Iterator[None]:
        self.under_way[name] += 1
        try:
            yield
        finally:
            self.under_way[name] -= 1

    def note(self, frame: Mapping[str, Any]) -> None:
        """What a replica tells of itself."""
        if "replica" in frame:
            self.desired.memory[frame["replica"]] = frame["memory"]

    async def arrives(self, name: str, seconds: float) -> bool:
        return await self.waking.arrives(name, seconds)

    # What is told -------------------------------------------------------------------------------

    async def status(self) -> Mapping[str, Status]:
        await self.desired.refresh()
        return {name: self.counted_in(name, now) for name, now in self.desired.seen.items()}

    def counted_in(self, name: str, now: Status) -> Status:
        waiting = self.waiting(name, now)
        return replace(now, waiting=waiting, answering=self.under_way[name] - waiting)

    def waiting(self, name: str, now: Status) -> int:
        """Calls of this server that no replica holds yet."""
        room = now.ready * most_at_work(self.desired.one(name).spec.scaling)
        return max(0, self.under_way[name] - room)

    async def known(self, name: str) -> Status:
        self.desired.one(name)
        return (await self.status())[name]

    async def proxies(self, name: str) -> Sequence[str]:
        await self.known(name)
        return tuple(self.pool.addresses)

    async def metrics(self, name: str) -> Mapping[str, float]:
        now = await self.known(name)
        return {
            "replicas": now.ready,
            "replicas_wanted": now.wanted,
            "in_flight": self.under_way[name],
            "waiting": now.waiting,
            "memory_bytes": now.memory,
        }

    async def logs(self, name: str, replica: str | None = None, tail: int = 50) -> Sequence[Line]:
        if name not in self.desired.wanted:  # it is paused: no replica, no file of one
            return ()
        await self.desired.refresh()
        return await logs.tail(self.rest, self.desired.details, name_of(name), replica, tail)

    async def follow(self, name: str, replica: str | None = None) -> AsyncGenerator[Line, None]:
        async with aclosing(logs.follow(self.rest, name_of(name), replica)) as lines:
            async for line in lines:
                yield line

    async def forget(self, name: str) -> None:
        """Nothing lies here: logs are the nodes' own."""

    async def close(self) -> None:
        await self.waking.close()
        await self.rest.close()
        await self.client.aclose()


def cut_short() -> WorkerDied:
    return WorkerDied("The replica ended while it answered. Send the call again.")
