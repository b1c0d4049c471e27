"""Brings what runs to what should run, again and again: whatever is lost is made up for."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from endpoints.engines import EndpointEngine
from endpoints.held import Held
from endpoints.ledger import Ledger
from endpoints.moving import ARRIVED, Move
from endpoints.status import TAGLINE, Status, now
from endpoints.watch import EVERY, Watch
from pipelines import registry
from pipelines.errors import TaglineError, Unavailable
from pipelines.models.resolve import Models

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
RENEW_SECONDS = 3.0
AGAIN_SECONDS = 15.0  # before a model that was not to be had is looked for again


class Reconciler:
    """`everyone()` are the endpoints that there are. One task alone runs `live`."""

    def __init__(
        self, models: Models, engines: Mapping[str, EndpointEngine], ledger: Ledger,
        everyone: Callable[[], Iterable[Held]], watch: Callable[[str], Watch],
    ) -> None:  # fmt: skip
        self.models, self.engines, self.ledger = models, engines, ledger
        self.everyone, self.watch = everyone, watch
        self.kick = asyncio.Event()
        self.turn = asyncio.Lock()  # of whoever changes what is kept
        self.applying = asyncio.Lock()
        self.searches: dict[str, asyncio.Task[None]] = {}
        self.renewed = self.sampled = 0.0
        self.found: dict[str, Mapping[str, Status]] = {}  # what each engine said last
        self.silent: dict[str, str] = {}  # engines that do not answer, and what they said

    async def live(self) -> None:
        """Until another server has taken over; then nothing runs here any more."""
        while self.ledger.held:
            try:
                await self.look()
            except TaglineError as error:
                log.warning("Endpoints cannot be looked after: %s", error)
            except Exception:
                log.exception("A look at the endpoints failed.")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.kick.wait()
            self.kick.clear()

    async def look(self) -> None:
        """Once: the lease, the models, what should run, and what does."""
        await self.renew()
        for each in list(self.everyone()):
            self.search(each)
        await self.apply()
        await self.see()
        if time.monotonic() - self.sampled >= EVERY:
            self.sampled = time.monotonic()
            for each in self.everyone():
                self.watch(each.name).sample(each.seen)

    async def renew(self) -> None:
        """Raises Unavailable where another server has taken over. What runs on this machine then
        ends; what runs elsewhere is the other's from now on."""
        if time.monotonic() - self.renewed < RENEW_SECONDS:
            return
        try:
            await self.ledger.renew()
        except Unavailable:
            if not self.ledger.held:
                await self.engines["local"].apply([])
            raise
        self.renewed = time.monotonic()

    # What should run ----------------------------------------------------------------------------

    async def apply(self) -> None:
        """Tells every engine the whole of what it should run. One that does not answer hears of it
        at the next look."""
        async with self.applying:
            wanted = [d for each in self.everyone() for d in each.deployments]
            for name, engine in self.engines.items():
                mine = [each for each in wanted if each.spec.engine == name]
                try:
                    await engine.apply(mine)
                except TaglineError as error:
                    self.note_silence(name, error)

    def note_silence(self, name: str, error: TaglineError) -> None:
        if self.silent.get(name) != str(error):
            log.warning("The engine %s cannot be told what should run: %s", name, error)
        self.silent[name] = str(error)

    def search(self, each: Held) -> None:
        """Looks for the model of one that has none yet, unless that goes on already."""
        waits = each.trouble and time.monotonic() < each.retry_at
        if each.record.paused or each.model or waits or each.name in self.searches:
            return
        work = asyncio.create_task(self.find(each))
        self.searches[each.name] = work
        work.add_done_callback(lambda _: self.searches.pop(each.name, None))

    async def find(self, each: Held) -> None:
        """Whoever may make endpoints may bring any model, as he answers for what the disk holds."""
        wanted = each.spec
        try:
            model = await self.models.resolve(wanted.model, freely=True)
            registry.choose(model, wanted.task)  # raises what it cannot do
        except TaglineError as error:
            if each.spec.model == wanted.model:
                each.trouble, each.retry_at = error, time.monotonic() + AGAIN_SECONDS
        else:
            if each.spec.model == wanted.model:
                each.model, each.trouble, each.last = model, None, None
        self.kick.set()

    # What does run ------------------------------------------------------------------------------

    async def see(self) -> None:
        """Asks every engine, and keeps what has changed."""
        for name, engine in self.engines.items():
            try:
                self.found[name] = await engine.status()
            except TaglineError as error:
                self.note_silence(name, error)
            else:
                self.silent.pop(name, None)
            for each in self.of(name):
                await self.stand(each)
                await self.keep_state(each)

    def of(self, engine: str) -> list[Held]:
        return [each for each in self.everyone() if each.spec.engine == engine]

    async def stand(self, each: Held) -> None:
        """Where one stands, by what its engine said."""
        name, move = each.spec.engine, each.move
        now = self.found.get(name, {}).get(each.name)
        if name in self.silent:
            reason = f"Its engine does not answer: {self.silent[name]}"
            each.status = replace(each.status, reason=reason)
        elif move:
            await self.move_on(each, move, now)
        elif now:
            each.status = now

    async def move_on(self, each: Held, move: Move, now: Status | None) -> None:
        """From one engine to another: `now` is what the new one says."""
        old = self.found.get(move.engine, {}).get(each.name)
        move.seen = old or move.seen
        if move.over(await self.calls(move.engine, each.name)):
            each.move = None
            await self.apply()
        elif now and each.model and move.arrived is None and now.state in ARRIVED:
            move.arrived = time.monotonic()
            self.kick.set()
        each.status = move.status(now or Status("pending")) if each.move else now or each.status

    async def calls(self, engine: str, name: str) -> float:
        """How many of the endpoint's calls an engine has, at work and in line; none where it does
        not answer."""
        try:
            found = await self.engines[engine].metrics(name)
        except TaglineError:
            return 0
        return found["in_flight"] + found["waiting"]

    async def keep_state(self, each: Held) -> None:
        from store.endpoints import Entry

        async with self.turn:
            seen = each.seen
            if seen.state == each.record.state or each not in self.everyone():
                return
            entry = Entry(now(), TAGLINE, seen.state, each.name, seen.reason)
            record = replace(each.record, state=seen.state)
            await self.ledger.put(record, entry)
            each.record = replace(each.record, state=seen.state)

    async def close(self) -> None:
        for each in list(self.searches.values()):
            each.cancel()
