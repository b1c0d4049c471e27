"""One model's stay: it is loaded, answers its line, is loaded anew when it dies, and leaves."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field

from pipelines.engine.arrival import Arrival
from pipelines.engine.call import Call, Host, State, Status
from pipelines.engine.desk import Desk
from pipelines.engine.events import Evicted, Loaded
from pipelines.engine.house import House
from pipelines.engine.job import Job
from pipelines.engine.loading import load
from pipelines.engine.past import Past
from pipelines.engine.recovery import recover
from pipelines.engine.sentences import farewell, still_loading
from pipelines.engine.serving import Serving
from pipelines.engine.share import Share
from pipelines.engine.standing import status_of
from pipelines.engine.way import Way
from pipelines.errors import ModelFailed, TaglineError, Unavailable, WorkerDied

log = logging.getLogger(__name__)
ENDPOINT = "an endpoint"


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
    took: float | None = None
    stopped: bool = False  # ended by us, which is no crash
    repeated: bool = False  # ended by a call that had ended it before

    def __post_init__(self) -> None:
        self.model, self.place = self.call.model, self.call.place
        house = self.house
        self.arrival = Arrival()
        self.desk = Desk(self.call, house.rules.most_waiting)
        self.share = Share(self, self.call, house.rooms, house.footprints, house.hardware)
        self.way = self.plain_way()
        self.timer: asyncio.TimerHandle | None = None
        # In a context of its own: a stay is more than the request that began it.
        self.life = asyncio.create_task(self.live(), context=Context())
        # Cancelled before its first step, it would end without a word.
        self.life.add_done_callback(lambda _: self.give_up(self.farewell()))

    def plain_way(self) -> Way:
        return Way(self.house.quickening, self.past, self.share, self.desk.line.news)

    # For others ---------------------------------------------------------------------------------

    @property
    def shown(self) -> str:
        """What everybody may read of it: which model an endpoint runs is its owner's to tell."""
        return ENDPOINT if self.place.name else self.model.shown

    @property
    def busy(self) -> bool:
        """Whether somebody waits for it."""
        return self.desk.asked or self.state == "loading"

    @property
    def idle(self) -> bool:
        """Whether it may be asked to leave for the sake of others."""
        return self.state in ("warm", "busy") and not self.busy and not self.pinned

    @property
    def at_once(self) -> int:
        """How many calls at a time its model takes."""
        return self.way.at_once

    def status(self) -> Status:
        return status_of(self)

    def pin(self, on: bool) -> None:
        """Keeps it, or lets it go again when nobody asks for it."""
        self.pinned = on
        if self.idle:
            self.rest()

    def push(self, job: Job) -> None:
        """Puts a job in line. Raises Unavailable where there is no place."""
        self.desk.line.push(job)
        if self.timer:
            self.timer.cancel()

    async def until_loaded(self, job: Job | None = None) -> None:
        """Returns when the model is there, or `job` was told something before. Raises what the
        load failed with; Unavailable when it takes too long, though it goes on then.
        """
        seconds = self.house.rules.load_seconds
        if not await self.arrival.ended(seconds, job.over if job else None):
            raise still_loading(self.model, seconds)
        if job is None:
            self.arrival.check()

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

    # Its life -----------------------------------------------------------------------------------

    async def live(self) -> None:
        """From the first call to the last. Every way out ends the process and gives memory back."""
        try:
            while True:
                try:
                    host = await load(self)
                    self.arrived(host)
                    await Serving(self, host).serve()
                except WorkerDied as error:
                    await recover(self, error)
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
            self.way.stop()
            self.enter("evicting", self.reason)
            self.left(self)
            self.give_up(self.farewell())
            await self.let_go()

    @property
    def wanted(self) -> bool:
        return self.pinned or len(self.desk.line) > 0 or not self.arrival.done

    def begin_anew(self) -> None:
        """What was known of a process that has ended is not true of the next one."""
        self.stopped, self.repeated, self.way = False, False, self.plain_way()

    def arrived(self, host: Host) -> None:
        """The model is there, in this process."""
        self.host, self.took = host, time.monotonic() - self.since
        self.share.loaded(host)
        self.past.loaded()
        self.house.tell(Loaded(self.model, self.took, self.place.name))
        self.arrival.come()

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
                self.share.release()

    def farewell(self) -> Unavailable:
        """For those who still wait."""
        return farewell(self.model, self.reason)

    def give_up(self, error: TaglineError) -> None:
        """Nobody who waits will be answered."""
        self.desk.line.fail(error)
        self.arrival.fail(error)

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
