"""From one engine to another: calls are answered all the time, whatever the new one does."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from endpoints.engines import Deployment
from endpoints.ledger import Ledger
from endpoints.moving import Move
from endpoints.service import Endpoints
from endpoints.status import Replica, State, Status, now
from pipelines.errors import UnknownEndpoint
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import CHATTER, EMBEDDER, STARTERS
from tests.endpoints.test_service import Cluster, later, spec, state

pytestmark = pytest.mark.timeout(120)


class Side(Cluster):
    """An engine whose endpoints are in the state that a test says, and answer by its name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.state: State = "running"
        self.calls = 0
        self.free = asyncio.Event()
        self.free.set()

    async def status(self) -> dict[str, Status]:
        self.answer()
        return {name: self.of(name) for name in self.runs}

    def of(self, name: str) -> Status:
        ready = self.state == "running"
        replicas = (Replica(self.name, "running" if ready else "starting", "here", now()),)
        return Status(self.state, "It broke." if self.state == "failed" else "", replicas, wanted=1)

    async def metrics(self, name: str) -> Mapping[str, float]:
        self.answer()
        return {"in_flight": self.calls, "waiting": 0}

    async def predict(self, name: str, call: Any) -> Any:
        self.calls += 1
        try:
            await self.free.wait()
            if name not in self.runs:
                raise UnknownEndpoint(f"{name} does not run on {self.name}.")
            return self.name
        finally:
            self.calls -= 1


class Sides:
    def __init__(self, home: Path) -> None:
        self.local, self.ray = Side("local"), Side("ray")
        settings = Settings(host="127.0.0.1", home=home, starters_dir=STARTERS, offline=True)
        engines: Any = {"local": self.local, "ray": self.ray}
        self.served = Endpoints(Models(settings, home / "hf"), engines, Ledger(settings, 60))

    async def asked(self) -> Any:
        return await self.served.predict("words", None)  # type: ignore[arg-type]

    async def move(self, to: str, **more: Any) -> None:
        await self.served.update("words", {"engine": to, **more}, "ann")

    @property
    def where(self) -> list[str]:
        return [side.name for side in (self.local, self.ray) if "words" in side.runs]

    @property
    def now(self) -> Status:
        return self.served.get("words").status


@pytest.fixture
async def sides(tmp_path: Path) -> AsyncIterator[Sides]:
    made = Sides(tmp_path)
    made.served.start()
    await made.served.create(spec(), "ann")
    await later(lambda: state(made.served) == "running")
    yield made
    made.local.free.set()
    await made.served.close()


async def test_the_old_one_answers_until_the_new_one_does(sides: Sides) -> None:
    sides.ray.state = "initializing"
    await sides.move("ray")
    assert sides.where == ["local", "ray"]
    await later(lambda: len(sides.now.replicas) == 2)
    assert (sides.now.state, sides.now.ready) == ("updating", 1)
    assert "goes on on the engine local" in sides.now.reason
    assert await sides.asked() == "local"
    sides.ray.state = "running"
    await later(lambda: sides.where == ["ray"])
    assert await sides.asked() == "ray"
    await later(lambda: state(sides.served) == "running")
    assert [each.id for each in sides.now.replicas] == ["ray"]


async def test_the_old_one_answers_what_it_has(sides: Sides) -> None:
    sides.local.free.clear()
    old = asyncio.create_task(sides.asked())
    await later(lambda: sides.local.calls == 1)
    await sides.move("ray")
    await later(lambda: "It leaves the engine local" in sides.now.reason)
    assert await sides.asked() == "ray"
    await asyncio.sleep(1.2)  # another look
    assert sides.where == ["local", "ray"]
    sides.local.free.set()
    assert await old == "local"
    await later(lambda: sides.where == ["ray"])


async def test_a_call_that_never_ends_holds_nothing_up(sides: Sides) -> None:
    await sides.served.update("words", {"timeout": 0.5}, "ann")
    sides.local.free.clear()
    old = asyncio.create_task(sides.asked())
    await later(lambda: sides.local.calls == 1)
    await sides.move("ray")
    await later(lambda: sides.where == ["ray"])
    old.cancel()


async def test_a_new_one_that_fails_leaves_the_old_one(sides: Sides) -> None:
    sides.ray.state = "failed"
    await sides.move("ray")
    await later(lambda: state(sides.served) == "updateFailed")
    assert sides.now.reason == "It broke. It goes on on the engine local."
    assert await sides.asked() == "local"
    version = sides.served.get("words").version
    sides.ray.state = "running"
    await sides.served.resume("words", "ann")
    assert sides.served.get("words").version == version + 1
    await later(lambda: sides.where == ["ray"])


async def test_who_turns_back_loses_nothing(sides: Sides) -> None:
    sides.ray.state = "initializing"
    await sides.move("ray")
    await sides.move("local")
    assert sides.where == ["local"]
    assert sides.local.runs["words"].version == 3
    await later(lambda: state(sides.served) == "running")
    assert await sides.asked() == "local"


async def test_a_model_that_changes_too_is_found_first(sides: Sides) -> None:
    await sides.move("ray", model="org/nope")
    await later(lambda: state(sides.served) == "updateFailed")
    assert (sides.where, await sides.asked()) == (["local"], "local")
    assert sides.served.model("words").id == EMBEDDER
    await sides.served.update("words", {"model": CHATTER}, "ann")
    await later(lambda: sides.where == ["ray"])
    assert sides.ray.runs["words"].spec.model == CHATTER


async def test_paused_it_moves_at_once(sides: Sides) -> None:
    await sides.served.pause("words", "ann")
    await sides.move("ray")
    await sides.served.resume("words", "ann")
    await later(lambda: state(sides.served) == "running")
    assert sides.where == ["ray"]


async def test_paused_on_its_way_it_runs_nowhere(sides: Sides) -> None:
    sides.ray.state = "initializing"
    await sides.move("ray")
    await sides.served.pause("words", "ann")
    assert (sides.where, state(sides.served)) == ([], "paused")
    sides.ray.state = "running"
    await sides.served.resume("words", "ann")
    await later(lambda: sides.where == ["ray"])


async def test_an_engine_that_is_silent_is_waited_for(sides: Sides) -> None:
    sides.ray.silent = True
    await sides.move("ray")
    await later(lambda: "does not answer" in sides.now.reason)
    assert await sides.asked() == "local"
    sides.ray.silent = False
    await later(lambda: sides.where == ["ray"])


async def test_turning_back_from_a_model_that_is_not_there(sides: Sides) -> None:
    await sides.move("ray", model="org/nope")
    await later(lambda: state(sides.served) == "updateFailed")
    await sides.move("local")
    assert await sides.asked() == "local"
    assert sides.where == ["local"]
    await sides.served.update("words", {"model": EMBEDDER}, "ann")
    await later(lambda: state(sides.served) == "running")
    assert await sides.asked() == "local"


async def test_a_new_model_meanwhile_leaves_the_engine_that_answers(sides: Sides) -> None:
    sides.local.free.clear()
    old = asyncio.create_task(sides.asked())
    await later(lambda: sides.local.calls == 1)
    await sides.move("ray")
    await later(lambda: "It leaves the engine local" in sides.now.reason)
    await sides.served.update("words", {"model": "org/nope"}, "ann")
    assert "ray" in sides.where
    assert await sides.asked() == "ray"
    sides.local.free.set()
    assert await old == "local"


def test_who_waits_at_the_old_engine_is_not_sent_away() -> None:
    move = Move(Deployment(spec(timeout=0.01), 1, None), arrived=0.0)
    move.seen = replace(move.seen, waiting=3)
    assert not move.over(5)
    time.sleep(0.02)
    assert not move.over(5)
    move.seen = replace(move.seen, waiting=0)
    assert not move.over(2)
    time.sleep(0.02)
    assert move.over(2)
