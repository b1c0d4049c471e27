"""What page, HTTP and command line do with endpoints: one object, the one writer."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from endpoints.changes import Changes
from endpoints.engines import EndpointEngine, Line
from endpoints.held import Endpoint, held
from endpoints.status import Event
from endpoints.watch import Sample
from pipelines.engine.call import Answer, Call
from pipelines.errors import TaglineError, Unavailable

__all__ = ["Endpoint", "Endpoints", "Sample"]
log = logging.getLogger(__name__)
AGAIN_SECONDS = 10.0  # before a database that did not answer is asked again


class Endpoints(Changes):
    """All methods belong to the server's event loop. Each raises UnknownEndpoint for a name that is
    none, and those that change something InvalidInput, and Unavailable where the database does not
    answer or another server looks after it. `who` is the caller's name, for the audit log.
    """

    def start(self) -> None:
        """Returns at once: what is kept is read, and brought up, from now on."""
        self.life = asyncio.create_task(self.live())

    async def live(self) -> None:
        """Looks after the endpoints as long as no other server on this database does."""
        if not self.ledger.exists:
            self.opened.set()
            await self.needed.wait()
            self.opened.clear()
        while True:
            try:
                known = {each.name: held(each) for each in await self.ledger.open()}
            except TaglineError as error:
                log.warning("Endpoints are not looked after: %s", error)
                self.trouble = error
                self.opened.set()
                await asyncio.sleep(min(error.retry_after or AGAIN_SECONDS, AGAIN_SECONDS))
                continue
            self.all.update(known)
            self.trouble = None
            self.opened.set()
            await self.reconciler.live()
            self.all.clear()

    async def close(self) -> None:
        if self.life:
            self.life.cancel()
            await asyncio.wait({self.life})
        await self.reconciler.close()
        for engine in self.engines.values():
            await engine.close()
        await self.ledger.close()

    # Calls --------------------------------------------------------------------------------------

    async def predict(self, name: str, call: Call) -> Answer:
        return await (await self.awake(name)).predict(name, call)

    async def stream(self, name: str, call: Call) -> AsyncGenerator[Any, None]:
        engine = await self.awake(name)
        async with aclosing(engine.stream(name, call)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def arrives(self, name: str, seconds: float) -> bool:
        return await (await self.awake(name)).arrives(name, seconds)

    async def awake(self, name: str) -> EndpointEngine:
        """Its engine, told that it is called. Raises Unavailable for one that is paused."""
        each = self.one(name)
        if each.record.paused:
            raise Unavailable(f"Endpoint {name} is paused. Its owner can resume it.")
        if each.record.asleep:
            await self.wake(name)
        return self.engines[each.engine]

    async def wake(self, name: str) -> None:
        async with self.reconciler.turn:
            each = self.one(name)
            if each.record.asleep:
                each.record = replace(each.record, asleep=False)
                await self.reconciler.apply()
                self.reconciler.kick.set()

    def counts(self, name: str, status: int, seconds: float) -> None:
        """A call was answered, over HTTP or on the page: for graphs, and whoever listens."""
        if name in self.all:
            self.watch(name).note(status, seconds)
            for listener in self.listeners:
                listener(name, status, seconds)

    # Logs and numbers ---------------------------------------------------------------------------

    async def logs(self, name: str, replica: str | None = None, tail: int = 50) -> Sequence[Line]:
        return await self.engine(name).logs(name, replica, tail)

    def follow(self, name: str, replica: str | None = None) -> AsyncGenerator[Line, None]:
        return self.engine(name).follow(name, replica)

    async def metrics(self, name: str) -> Mapping[str, float]:
        """The engine's own numbers; none of one that is paused, of which nothing runs."""
        if self.one(name).record.paused:
            return {}
        return await self.engine(name).metrics(name)

    def engine(self, name: str) -> EndpointEngine:
        return self.engines[self.one(name).engine]

    async def events(self, name: str, limit: int = 50) -> Sequence[Event]:
        """What happened to it and who did what, the newest first."""
        found = [*self.one(name).status.events, *await self.audit(limit, name)]
        return sorted(found, key=lambda each: each.at, reverse=True)[:limit]

    async def audit(self, limit: int = 100, name: str | None = None) -> Sequence[Event]:
        """Who did what with any endpoint, the newest first; what was deleted stands here too."""
        rows = await self.ledger.audit(name, limit)
        return [Event(row.at, row.who, row.what, row.endpoint, row.text) for row in rows]
