"""One endpoint on this machine: brings what runs to what should run, look by look."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from endpoints.engines import Deployment
from endpoints.local.autoscaler import Autoscaler, Clock, Pace
from endpoints.local.copy import Copy
from endpoints.local.queue import Queue
from endpoints.local.standing import status_of
from endpoints.status import TAGLINE, Event, Status, now
from pipelines import registry
from pipelines.engine.call import Call, Place
from pipelines.engine.engine import Engine
from pipelines.engine.sentences import closing
from pipelines.errors import NoRoom, TaglineError, Unavailable

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.25
TRIES = 3  # to load a model that fails for a reason of its own
LONGEST = 60.0  # seconds before the next try
EVENTS = 200  # that are kept


Load = Callable[[Deployment], Call]  # what loads its model as its task would


def load(deployment: Deployment) -> Call:
    assert deployment.model
    task = registry.choose(deployment.model, deployment.spec.task)
    return Call(task, deployment.model, [], None)


class Group:
    """`step` takes one look; `live` does so again and again. Each look decides anew from what there
    is, so that nothing is lost whatever happens between two of them.

    `deployment` is wanted; `current` is what is brought up, which is the last `good` one where the
    wanted one came to nothing. `trouble` is what the last replica that should come failed with.
    """

    def __init__(
        self, engine: Engine, deployment: Deployment, folder: Callable[[], Path | None],
        clock: Clock, pace: Pace, load: Load,
    ) -> None:  # fmt: skip
        self.engine, self.deployment, self.folder, self.clock = engine, deployment, folder, clock
        self.load = load
        self.good: Deployment | None = None
        self.copies: list[Copy] = []
        self.events: deque[Event] = deque(maxlen=EVENTS)
        self.scaler = Autoscaler(deployment.spec.scaling, clock, pace, deployment.asleep)
        self.kick = asyncio.Event()
        spec = deployment.spec
        self.queue = Queue(spec.name, spec.max_waiting, lambda: self.copies, self.kick.set)
        self.retired = False
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forgets what went wrong, since it may go well now."""
        self.trouble: TaglineError | None = None
        self.failures, self.again_at = 0, 0.0
        self.tight = False  # whether memory holds no replica beside those that there are
        self.current = self.deployment

    @property
    def name(self) -> str:
        return self.deployment.spec.name

    @property
    def calls(self) -> int:
        """In line and at work."""
        return len(self.queue) + sum(each.in_flight for each in self.copies)

    @property
    def given_up(self) -> bool:
        return self.failures >= TRIES and not isinstance(self.trouble, Unavailable)

    # What should run ----------------------------------------------------------------------------

    def deploy(self, wanted: Deployment) -> None:
        """From now on this should run. A new version comes by a rolling update."""
        before, self.deployment = self.deployment, wanted
        self.scaler.change(wanted.spec.scaling)
        self.queue.line.most = wanted.spec.max_waiting
        if wanted.version != before.version or (wanted.model and not before.model):
            self.begin_anew()
            self.note("update", f"Version {wanted.version} is to run.")
        elif self.current.version == wanted.version:
            self.current = wanted
        if wanted.asleep and not before.asleep:
            self.scaler.sleep()
        self.kick.set()

    def retire(self, error: TaglineError) -> None:
        """Takes no more calls; what is under way is answered."""
        self.retired = True
        self.queue.fail(error)
        self.scaler.sleep()
        self.kick.set()

    def restart(self, id: str) -> bool:
        """Whether there is such a replica; another comes in its stead."""
        found = [each for each in self.copies if each.id == id and not each.leaving]
        for each in found:
            each.stale = True
        self.begin_anew()
        self.kick.set()
        return bool(found)

    # One look -----------------------------------------------------------------------------------

    async def live(self) -> None:
        """Until there is nothing left of it that runs, once it is retired."""
        while not (self.retired and not self.copies):
            try:
                self.step()
            except Exception:  # the next look may go well; without one, nothing would ever change
                log.exception("A look at endpoint %s failed.", self.name)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.kick.wait()
            self.kick.clear()

    def step(self) -> None:
        """Begins what is needed, and waits for nothing."""
        self.bury()
        wanted = 0 if self.retired else self.scaler.look(self.calls)
        if self.current.model is None and not self.retired:
            return
        fresh = [each for each in self.copies if self.is_fresh(each)]
        for each in fresh[wanted:]:
            self.leave(each, "fewer replicas are wanted")
        self.replace_old(wanted, sum(each.ready for each in fresh[:wanted]))
        for _ in range(wanted - len(fresh)):
            if self.may_start(wanted):
                self.start()
        self.let_go()
        self.queue.hand_out()

    def is_fresh(self, copy: Copy) -> bool:
        """Whether it is one of those that are wanted."""
        old = copy.stale or copy.leaving
        return copy.version == self.current.version and not old

    def old(self) -> list[Copy]:
        return [each for each in self.copies if not (self.is_fresh(each) or each.leaving)]

    def replace_old(self, wanted: int, ready: int) -> None:
        """For each new one that is there an old one goes, so that there are never too few. Where
        memory does not hold both, an old one goes first, and calls wait for the new one."""
        old = sorted(self.old(), key=lambda each: each.ready)  # those that are no use go first
        going = len(old) - max(0, wanted - ready)
        if going <= 0 and self.tight and old and len(self.copies) >= wanted and not self.moving():
            going = 1
        for each in old[: max(0, going)]:
            self.leave(each, "a newer one is there" if ready else "it makes way")

    def moving(self) -> bool:
        """Whether one comes or goes."""
        return any(each.starting or each.leaving for each in self.copies)

    def may_start(self, wanted: int) -> bool:
        if self.given_up or self.clock() < self.again_at or self.engine.draining:
            return False
        return not self.tight or len(self.copies) < max(1, wanted)

    def bury(self) -> None:
        """Forgets those whose model is gone, as it crashed too often."""
        for each in [each for each in self.copies if each.lost and not each.leaving]:
            self.copies.remove(each)
            stay = f"{each.id} ended too often"
            self.failed(each, Unavailable(f"Replica {stay}. The log says why.", LONGEST))

    # Replicas come and go -----------------------------------------------------------------------

    def start(self) -> None:
        id = f"{self.name}-{secrets.token_hex(3)}"
        copy = Copy(id, self.call_at(id), self.current.version, self.engine)
        copy.bringing = asyncio.create_task(self.bring(copy))
        self.copies.append(copy)
        self.note("replica", f"{id} starts.")

    def call_at(self, id: str) -> Call:
        """What loads the model in a place of its own."""
        spec = self.current.spec
        folder = self.folder()
        place = Place(
            id,
            dtype=None if spec.dtype == "auto" else spec.dtype,
            threads=spec.hardware.threads,
            log=str(folder / f"{id}.log") if folder else "",
            memory=spec.hardware.memory,
            acceleration="" if spec.acceleration == "auto" else spec.acceleration,
            environment=self.current.environment,
        )
        return replace(self.load(self.current), place=place, request="")

    async def bring(self, copy: Copy) -> None:
        try:
            await self.engine.pin(copy.call)
        except asyncio.CancelledError:
            raise
        except TaglineError as error:
            await self.drop(copy)
            self.failed(copy, error)
        else:
            self.came(copy)
        self.kick.set()

    def came(self, copy: Copy) -> None:
        self.failures = 0
        if copy.version == self.deployment.version:
            self.trouble, self.good = None, self.deployment
        self.note("replica", f"{copy.id} is there.")

    async def drop(self, copy: Copy) -> None:
        await self.engine.release(copy.call, "its endpoint no longer needs it")
        if copy in self.copies:
            self.copies.remove(copy)
        self.kick.set()

    def failed(self, copy: Copy, error: TaglineError) -> None:
        """Later again; who waits is told, unless another replica can answer."""
        self.trouble = error
        if isinstance(error, NoRoom) and self.old() and not self.tight:
            self.tight = True
            self.note("update", "Memory does not hold both versions: one at a time.")
            return
        self.failures += 1
        self.again_at = self.clock() + min(2.0 ** (self.failures - 1), LONGEST)
        self.note("replica failed", f"{copy.id}: {error}")
        if self.given_up and self.good and self.good.version != self.current.version:
            self.current, self.failures = self.good, 0
            self.note("update failed", f"Version {self.good.version} goes on.")
        elif not any(each.ready for each in self.copies):
            self.queue.fail(error)

    def leave(self, copy: Copy, why: str) -> None:
        """Gets no more calls, and goes when it has answered those that it has."""
        copy.leaving, copy.reason = True, why
        if copy.bringing and not copy.bringing.done():
            copy.bringing.cancel()
        self.note("replica", f"{copy.id} leaves: {why}.")

    def let_go(self) -> None:
        for each in self.copies:
            if each.leaving and not each.in_flight and each.ending is None:
                each.ending = asyncio.create_task(self.drop(each))

    async def close(self) -> None:
        """At once."""
        self.queue.fail(closing())
        for each in self.copies:
            if each.bringing:
                each.bringing.cancel()
        await asyncio.gather(*map(self.drop, list(self.copies)))

    # What is told -------------------------------------------------------------------------------

    def note(self, what: str, text: str) -> None:
        self.events.appendleft(Event(now(), TAGLINE, what, self.name, text))

    def crashed(self, id: str) -> None:
        """The process of a replica has ended; it is begun anew by the engine."""
        for each in self.copies:
            if each.id == id:
                each.restarts += 1
                self.note("replica crashed", f"{id}: its process ended; it starts anew.")

    def status(self) -> Status:
        return status_of(self)
