"""An endpoint of a server under test: made, changed, called by many, and what became of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.models import EMBEDDER

PATH = "/v2/endpoint/here"
NAME = "words"
TEXT = {"inputs": "The weather is lovely today."}
UP = 300  # seconds for an endpoint to be as it should
LOOK = 0.02  # seconds between two looks


@dataclass(frozen=True)
class Deployed:
    """The endpoint `words` of the server that `http` reaches."""

    http: httpx.AsyncClient

    async def make(self, engine: str, replicas: int) -> None:
        ours = {
            "model": EMBEDDER, "engine": engine, "access": {"level": "private"},
            "scaling": {"min_replicas": replicas, "max_replicas": replicas},
            "max_waiting": 10_000,
            "acceleration": "off",  # what a way costs is the subject, not how the model is run
        }  # fmt: skip
        body = {"name": NAME, "tagline": ours}
        (await self.http.post(PATH, json=body)).raise_for_status()
        await self.until("running", replicas)

    async def change(self, **ours: Any) -> dict[str, Any]:
        answer = await self.http.put(f"{PATH}/{NAME}", json={"tagline": ours})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def scale(self, replicas: int) -> None:
        await self.change(scaling={"min_replicas": replicas, "max_replicas": replicas})
        await self.until("running", replicas)

    async def sleep(self) -> None:
        """Returns when no replica is left."""
        (await self.http.post(f"{PATH}/{NAME}/scale-to-zero")).raise_for_status()
        await self.until("scaledToZero", 0)

    async def delete(self) -> None:
        (await self.http.delete(f"{PATH}/{NAME}")).raise_for_status()

    async def look(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"{PATH}/{NAME}")).raise_for_status().json()
        return found

    async def replicas(self) -> set[str]:
        """Their ids."""
        return {each["id"] for each in (await self.look())["tagline"]["replicas"]}

    async def until(self, state: str, replicas: int, old: Collection[str] = ()) -> None:
        """Returns when so many replicas run, and no others, none of them an `old` one."""
        end = time.monotonic() + UP
        while True:
            now = await self.look()
            known = now["tagline"]["replicas"]
            fresh = [each for each in known if each["id"] not in old]
            ready = [each for each in fresh if each["state"] == "running"]
            if now["status"]["state"] == state and len(ready) == len(known) == replicas:
                return
            if time.monotonic() > end:
                raise RuntimeError(f"The endpoint did not become {state}: {now['status']}")
            await asyncio.sleep(LOOK)

    async def call(self) -> httpx.Response:
        return await self.http.post(f"/endpoints/{NAME}", json=TEXT)

    async def direct(self) -> httpx.Response:
        """The same of the model, by the server's own way."""
        return await self.http.post(f"/models/{EMBEDDER}", json=TEXT)


@dataclass
class Load:
    """Clients that call one after the other until they are told to stop; `counts` says how often
    which status came, or which error."""

    endpoint: Deployed
    clients: int
    counts: Counter[str] = field(default_factory=Counter)
    going: bool = True

    @property
    def answered(self) -> int:
        return self.counts["200"]

    @property
    def lost(self) -> int:
        return sum(self.counts.values()) - self.answered

    async def client(self) -> None:
        while self.going:
            try:
                kind = str((await self.endpoint.call()).status_code)
            except httpx.HTTPError as error:
                kind = type(error).__name__
            self.counts[kind] += 1

    async def during(self, work: Any) -> float:
        """Calls while `work` goes on, and a while before; gives the seconds of it all."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.clients):
                group.create_task(self.client())
            await work
            self.going = False
        return time.monotonic() - begun


async def timed(call: Any) -> float:
    """Seconds of a call that must be answered."""
    begun = time.perf_counter()
    answer = await call()
    taken = time.perf_counter() - begun
    if isinstance(answer, httpx.Response):
        answer.raise_for_status()
    return taken


async def turns(calls: Sequence[Any], count: int) -> list[list[float]]:
    """Seconds of each of the calls, one after the other again and again, so that all meet the same
    machine; every round begins with another one."""
    found: list[list[float]] = [[] for _ in calls]
    for at in range(count):
        for step in range(len(calls)):
            which = (at + step) % len(calls)
            found[which].append(await timed(calls[which]))
    return found
