"""How much each caller may use: so many calls in a while, so many seconds of compute a day.

Counted in memory, or in Redis, which several servers share. Source of the windows: fixed ones of
the library `limits`; each begins with a caller's first call.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from limits import RateLimitItem, RateLimitItemPerDay, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from pipelines.errors import TooManyCalls

log = logging.getLogger(__name__)
T = TypeVar("T")
REDIS_SECONDS = 1.0  # to answer
AWAY_SECONDS = 10.0  # that a Redis which did not answer is not asked again
UNITS = ((3600, "hours"), (60, "minutes"), (1, "seconds"))
CALLS, COMPUTE = "calls", "compute"


@dataclass(frozen=True)
class Client:
    """Whose turn a call takes; `quota` is the compute seconds a day that he has, None without a
    bound."""

    name: str = ""
    quota: float | None = None


ANYBODY = Client()


@dataclass(frozen=True)
class Standing:
    """Where a caller stands: `left` of `most` calls in a window of `seconds`, which begins anew
    after `reset` seconds. `over` says that his last call was one too many."""

    most: int
    seconds: int
    left: int
    reset: int
    over: bool

    def error(self) -> TooManyCalls:
        return TooManyCalls(
            f"You have sent the {self.most} calls that this server takes of one caller in "
            f"{self.seconds} seconds. Send the next one in {self.reset} seconds.",
            self.reset,
        )


class Allowance:
    """`rate` is written as 120/minute, empty without a bound. `redis` is a URL, empty for memory.

    A Redis that does not answer stops nobody: calls go on uncounted, and the log says so once.
    Raises ValueError for a Redis that cannot be, at the start.
    """

    def __init__(self, rate: str = "", redis: str = "") -> None:
        self.rate = parse(rate) if rate else None
        self.counts = FixedWindowRateLimiter(storage(redis))
        self.away = 0.0  # until when it is not asked
        self.lost = False
        self.writing: set[asyncio.Task[None]] = set()

    # Calls --------------------------------------------------------------------------------------

    async def hit(self, name: str) -> Standing | None:
        """Counts a call of a caller. None where there is no bound, or nobody to count."""
        return await self.ask(self.count(self.rate, name)) if self.rate else None

    async def count(self, rate: RateLimitItem, name: str) -> Standing:
        taken = await self.counts.hit(rate, CALLS, name)
        reset, left = await self.counts.get_window_stats(rate, CALLS, name)
        return Standing(rate.amount, rate.get_expiry(), left, until(reset), not taken)

    async def admit(self, client: Client) -> None:
        """Counts a call. Raises TooManyCalls for one too many."""
        standing = await self.hit(client.name)
        if standing and standing.over:
            raise standing.error()

    # Compute ------------------------------------------------------------------------------------

    async def check(self, client: Client) -> None:
        """Raises TooManyCalls for a caller whose seconds of the day are spent."""
        if client.quota is None:
            return
        stand = self.counts.get_window_stats(day(client.quota), COMPUTE, client.name)
        found = await self.ask(stand)
        if found and found.remaining <= 0:
            wait = until(found.reset_time)
            raise TooManyCalls(
                f"Models have worked for you the {client.quota:g} seconds that you have in a day. "
                f"Your next day begins in {in_words(wait)}.",
                wait,
            )

    def charge(self, client: Client, seconds: float) -> None:
        """Writes down what a model has worked for a caller; nobody waits for that."""
        if client.quota is not None:
            task = asyncio.create_task(self.write(client, client.quota, seconds))
            self.writing.add(task)
            task.add_done_callback(self.writing.discard)

    async def write(self, client: Client, quota: float, seconds: float) -> None:
        cost = max(1, round(1000 * seconds))
        await self.ask(self.counts.hit(day(quota), COMPUTE, client.name, cost=cost))

    # The storage --------------------------------------------------------------------------------

    async def ask(self, question: Coroutine[Any, Any, T]) -> T | None:
        """What the storage says, None while it is away."""
        if time.monotonic() < self.away:
            question.close()
            return None
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                answer = await question
        except (StorageError, TimeoutError) as error:
            self.miss(error)
            return None
        if self.lost:
            log.warning("Redis answers again: calls are counted")
        self.lost = False
        return answer

    def miss(self, error: Exception) -> None:
        self.away = time.monotonic() + AWAY_SECONDS
        if not self.lost:
            log.warning("Redis does not answer, so calls are not counted: %s", error)
        self.lost = True


def storage(redis: str) -> Storage:
    """Raises ValueError for a package that is missing, or an address that is none."""
    if not redis:
        return made("async+memory://")
    try:
        return made(f"async+{redis}", implementation="redispy", wrap_exceptions=True)
    except ConfigurationError as error:
        raise ValueError(
            "redis_url needs the package redis (pip install redis) and an address such as "
            f"redis://localhost:6379. {error}"
        ) from error


def made(address: str, **options: Any) -> Storage:
    found = storage_from_string(address, **options)
    assert isinstance(found, Storage)
    return found


def day(quota: float) -> RateLimitItem:
    """A quota in seconds as `limits` counts it: in thousandths."""
    return RateLimitItemPerDay(round(1000 * quota))


def until(moment: float) -> int:
    """Whole seconds from now, one at least."""
    return max(1, round(moment - time.time()))


def in_words(seconds: int) -> str:
    size, name = next(unit for unit in UNITS if seconds >= 2 * unit[0] or unit[0] == 1)
    return f"{round(seconds / size)} {name}"
