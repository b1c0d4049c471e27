"""Who gets room for a model, in which order, and what is said where there is none."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.engine import rooms as module
from pipelines.engine.memory import Memory
from pipelines.engine.rooms import Rooms, Tenant
from pipelines.errors import TooLarge, Unavailable
from pipelines.model import Model
from tests.pipelines.fakes import PATIENCE, until

pytestmark = pytest.mark.timeout(60)
MB = 1_000_000


class House:
    """Rooms of so many bytes, and those in it who are idle."""

    def __init__(self, size: int, seconds: float = PATIENCE) -> None:
        self.really: int | None = None
        self.memory: Memory[Tenant] = Memory([size], lambda: self.really)
        self.idle: list[Tenant] = []
        self.rooms = Rooms(self.memory, lambda: list(self.idle), seconds)

    def guest(self, name: str, size: int = 0, idle: bool = False) -> "Guest":
        """Somebody who is in already, if he has a size; idle ones may leave."""
        made = Guest(Model(f"org/{name}", Path("/none"), "1", None, None), self)
        if size:
            self.memory.take(made, {0: size})
            self.memory.settle(made, size)
        if idle:
            self.idle.append(made)
        return made

    def wait_for(self, who: Tenant, need: int) -> "asyncio.Task[None]":
        return asyncio.create_task(self.rooms.reserve(who, need))

    @property
    def inside(self) -> list[str]:
        return [each.model.id for each in self.memory.shares]


@dataclass(eq=False)
class Guest:
    """Leaves when he is asked and his door is open."""

    model: Model
    house: House
    asked: list[str] = field(default_factory=list)
    door: asyncio.Event = field(default_factory=asyncio.Event)
    pinned: bool = False

    def __post_init__(self) -> None:
        self.door.set()

    @property
    def shown(self) -> str:
        return self.model.shown

    async def leave(self, reason: str) -> None:
        self.asked.append(reason)
        await self.door.wait()
        self.house.idle.remove(self)
        self.house.rooms.release(self)


@pytest.fixture(autouse=True)
def only_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks again unless something is new."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 10 * PATIENCE)


async def turns() -> None:
    """Lets everybody go as far as he can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_where_there_is_room_nobody_is_asked() -> None:
    house = House(100)
    old, new = house.guest("old", 60, idle=True), house.guest("new")
    await house.rooms.reserve(new, 40)
    assert house.memory.held(new) == 40
    assert list(house.memory.filling) == [new]
    assert old.asked == []


async def test_the_least_recently_used_leaves_with_a_reason() -> None:
    house = House(100)
    old, young = (house.guest(name, 50, idle=True) for name in ("old", "young"))
    await house.rooms.reserve(house.guest("new"), 40)
    assert old.asked == ["to make room for org/new"]
    assert young.asked == []
    assert house.inside == ["org/young", "org/new"]


async def test_they_leave_one_at_a_time() -> None:
    house = House(100)
    old, young = (house.guest(name, 50, idle=True) for name in ("old", "young"))
    old.door.clear()
    waiting = house.wait_for(house.guest("new"), 100)
    await until(lambda: old.asked != [])
    await turns()
    assert young.asked == []
    old.door.set()
    await waiting
    assert house.inside == ["org/new"]


async def test_who_became_busy_meanwhile_is_not_asked() -> None:
    house = House(100)
    old, young = (house.guest(name, 50, idle=True) for name in ("old", "young"))
    old.door.clear()
    waiting = house.wait_for(house.guest("new"), 100)
    await until(lambda: old.asked != [])
    house.idle.remove(young)
    old.door.set()
    await turns()
    assert (young.asked, waiting.done()) == ([], False)
    house.rooms.release(young)
    await waiting
    assert house.inside == ["org/new"]


async def test_room_is_given_in_the_order_of_arrival() -> None:
    """The second would fit at once, but then the first might wait for ever."""
    house = House(100)
    busy, first, second = house.guest("busy", 60), house.guest("first"), house.guest("second")
    large, small = house.wait_for(first, 80), house.wait_for(second, 20)
    await turns()
    assert house.inside == ["org/busy"]
    house.rooms.release(busy)
    await asyncio.gather(large, small)
    assert house.inside == ["org/first", "org/second"]


async def test_who_becomes_idle_makes_room_for_who_waits() -> None:
    house = House(100)
    busy, new = house.guest("busy", 100), house.guest("new")
    waiting = house.wait_for(new, 10)
    await turns()
    assert not waiting.done()
    house.idle.append(busy)
    house.rooms.news.set()
    await waiting
    assert house.inside == ["org/new"]


async def test_one_looks_again_for_what_other_programs_give_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    house = House(100)
    house.really = 30
    new = house.guest("new")
    waiting = house.wait_for(new, 40)
    await turns()
    assert not waiting.done()
    house.really = 40
    await waiting
    assert house.memory.held(new) == 40


async def test_what_can_never_fit_is_refused_at_once() -> None:
    house = House(512 * MB, seconds=PATIENCE)
    old = house.guest("old", 300 * MB, idle=True)
    with pytest.raises(TooLarge) as caught:
        await house.rooms.reserve(house.guest("new"), 3 << 30)
    assert str(caught.value) == (
        "org/new needs about 3.2 GB of memory, and this server has 512 MB for models in all. "
        "Choose a smaller model. The operator can raise TAGLINE_MEMORY_GB where the machine has "
        "more."
    )
    assert (old.asked, house.inside) == ([], ["org/old"])


async def test_patience_ends_with_numbers_and_names() -> None:
    house = House(1000 * MB, seconds=0)
    house.guest("a", 300 * MB)
    house.guest("b", 600 * MB)
    with pytest.raises(Unavailable) as caught:
        await house.rooms.reserve(house.guest("new"), 200 * MB)
    assert str(caught.value) == (
        "There is no room for org/new: it needs about 200 MB of memory, 100 MB of 1.0 GB are "
        "free, and the rest is held by org/a (300 MB), org/b (600 MB). Try again when they are "
        "done, or unload one."
    )
    assert (caught.value.status, caught.value.retry_after) == (503, 30)
    assert house.inside == ["org/a", "org/b"]


async def test_other_programs_hold_what_nobody_here_does() -> None:
    house = House(1000 * MB, seconds=0)
    house.really = 50 * MB
    with pytest.raises(Unavailable, match="50 MB of 1.0 GB are free, .* held by other programs"):
        await house.rooms.reserve(house.guest("new"), 200 * MB)


async def test_less_than_nothing_is_told_as_nothing() -> None:
    house = House(100 * MB, seconds=0)
    house.guest("a", 150 * MB)
    with pytest.raises(
        Unavailable, match=r"needs about 10 MB of memory, 0 bytes of 100 MB are free"
    ):
        await house.rooms.reserve(house.guest("new"), 10 * MB)


async def test_who_waits_behind_another_is_patient_no_longer() -> None:
    house = House(100, seconds=0)
    async with house.rooms.turn:
        with pytest.raises(Unavailable, match="no room for org/new"):
            await house.rooms.reserve(house.guest("new"), 10)
    await house.rooms.reserve(house.guest("next"), 10)
    assert house.inside == ["org/next"]


@pytest.mark.parametrize("which", [0, 1], ids=["the first", "one in between"])
async def test_who_gives_up_leaves_his_turn_to_the_next(which: int) -> None:
    house = House(100)
    busy = house.guest("busy", 100)
    waiting = [house.wait_for(house.guest(name), 50) for name in ("a", "b", "c")]
    await turns()
    gone = waiting.pop(which)
    gone.cancel()
    await asyncio.wait({gone})
    assert gone.cancelled()
    house.rooms.release(busy)
    await asyncio.gather(*waiting)
    assert house.inside == [f"org/{name}" for name in "abc" if name != "abc"[which]]


async def test_who_gives_up_while_another_leaves_for_him_takes_nothing() -> None:
    house = House(100)
    old, new = house.guest("old", 100, idle=True), house.guest("new")
    old.door.clear()
    waiting = house.wait_for(new, 50)
    await until(lambda: old.asked != [])
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    assert (house.inside, house.rooms.turn.locked()) == (["org/old"], False)


async def test_idle_ones_leave_while_others_have_grown() -> None:
    house = House(100)
    old, young = (house.guest(name, 30, idle=True) for name in ("old", "young"))
    busy = house.guest("busy", 30)
    house.memory.settle(busy, 50)
    await house.rooms.trim(busy)
    assert old.asked == ["to make room for org/busy, which has grown"]
    assert house.inside == ["org/young", "org/busy"]
    house.memory.settle(busy, 150)
    await house.rooms.trim(busy)
    assert house.inside == ["org/busy"]


async def test_who_has_grown_is_not_asked_himself() -> None:
    house = House(100)
    grown = house.guest("grown", 150, idle=True)
    await house.rooms.trim(grown)
    assert grown.asked == []


async def test_a_load_half_done_sends_nobody_away() -> None:
    house = House(100)
    old, new = house.guest("old", 40, idle=True), house.guest("new")
    await house.rooms.reserve(new, 50)
    house.really = 10
    await house.rooms.trim(old)
    assert old.asked == []
