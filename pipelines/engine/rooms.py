"""Room for a model before it is loaded: others leave, or one waits, or it is said why not."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from pipelines.engine.memory import Memory, place
from pipelines.errors import NoRoom, TooLarge
from pipelines.model import Model
from pipelines.models.offer import in_words

LOOK_SECONDS = 1.0


class Tenant(Protocol):
    """Who holds memory, and can be asked to leave. `shown` is what everybody may read of it."""

    model: Model
    pinned: bool

    @property
    def shown(self) -> str: ...

    async def leave(self, reason: str) -> None: ...


class Rooms:
    """Serves those who want room in the order in which they came.

    `idle()` gives those who may leave, the least recently used first. `news` is set when somebody
    left or became idle.
    """

    def __init__(
        self, memory: Memory[Tenant], idle: Callable[[], Sequence[Tenant]], seconds: float
    ) -> None:
        self.memory, self.idle, self.seconds = memory, idle, seconds
        self.turn = asyncio.Lock()
        self.news = asyncio.Event()

    def need(self, size: int, measured: bool) -> int:
        """The bytes to ask for. What was measured may be more than there is, by one large call:
        the model was here all the same.
        """
        return min(size, self.memory.size) if measured else size

    async def reserve(self, who: Tenant, need: int) -> None:
        """Writes down a share of `need` bytes for `who`.

        Raises TooLarge for what can never fit, NoRoom where nobody left in time.
        """
        if self.memory.never(need):
            raise self.too_large(who.model.id, need)
        try:
            async with asyncio.timeout(self.seconds), self.turn:
                await self.clear(who, need)
        except TimeoutError as error:
            raise self.full(who.model.id, need) from error

    async def clear(self, who: Tenant, need: int) -> None:
        while True:
            self.news.clear()
            plan = self.memory.plan(need, self.idle())
            if plan and not plan.leaving:
                self.memory.take(who, plan.shares)
                return
            if not plan and self.walled_in(need):
                raise self.full(who.model.id, need)
            if plan:  # one at a time: meanwhile the next one may be asked something
                await plan.leaving[0].leave(f"to make room for {who.shown}")
            else:
                await self.something_new()

    def walled_in(self, need: int) -> bool:
        """Whether pinned models leave too little, so that waiting is of no use."""
        pinned = [each for each in self.memory.shares if each.pinned]
        return place(self.memory.beside(pinned), need) is None

    async def something_new(self) -> None:
        """Other programs give memory back without a word, so one looks again in any case."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self.news.wait()

    async def trim(self, grown: Tenant) -> None:
        """Sends other idle ones away while models that have grown take more than there is."""
        while others := [w for w in self.memory.crowded(self.idle()) if w is not grown]:
            await others[0].leave(f"to make room for {grown.shown}, which has grown")

    def release(self, who: Tenant) -> None:
        self.memory.release(who)
        self.news.set()

    def too_large(self, name: str, need: int) -> TooLarge:
        size = in_words(self.memory.size)
        return TooLarge(
            f"{name} needs about {in_words(need)} of memory, and this server has {size} for "
            "models in all. Choose a smaller model. The operator can raise TAGLINE_MEMORY_GB where "
            "the machine has more."
        )

    def full(self, name: str, need: int) -> NoRoom:
        free = max(0, sum(self.memory.free()))
        holders = [
            f"{each.shown} ({in_words(self.memory.held(each))})" for each in self.memory.shares
        ]
        others = ", ".join(holders) or "other programs"
        return NoRoom(
            f"There is no room for {name}: it needs about {in_words(need)} of memory, "
            f"{in_words(free)} of {in_words(self.memory.size)} are free, and the rest "
            f"is held by {others}. Try again when they are done, or unload one.",
            30,
        )
