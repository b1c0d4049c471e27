"""A model that answers several calls at a time: who begins when, and what the death of it means."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.allowance import Client
from pipelines.engine import attending
from pipelines.engine.engine import Engine
from pipelines.errors import TaglineError
from tests.pipelines.engine.stage import CALL, Stage
from tests.pipelines.engine.test_quickening import CALL as QUICK
from tests.pipelines.engine.test_quickening import Theatre, settled
from tests.pipelines.fakes import until

pytestmark = pytest.mark.timeout(60)
MOST = 3


async def opened(stage: Stage) -> Engine:
    """An engine whose model is there and takes so many calls at a time; it answers none yet."""
    engine = stage.engine()
    await engine.predict(CALL(text="first"))
    (resident,) = engine.residents.values()
    resident.way.at_once = MOST
    stage.free.clear()
    stage.runs.clear()
    return engine


def asked(engine: Engine, *texts: str) -> "list[asyncio.Task[Any]]":
    calls = [CALL(text=text, client=text) for text in texts]
    return [asyncio.create_task(engine.predict(call)) for call in calls]


def begun(stage: Stage) -> list[str]:
    return [text for _, text, _ in stage.runs]


async def test_so_many_at_a_time_and_no_more(stage: Stage) -> None:
    engine = await opened(stage)
    tasks = asked(engine, "a", "b", "c", "d")
    await until(lambda: len(stage.runs) == MOST)
    await asyncio.sleep(0.01)
    assert begun(stage) == ["a", "b", "c"]
    stage.free.set()
    answers = await asyncio.gather(*tasks)
    assert [answer.values for answer in answers] == [["a"], ["b"], ["c"], ["d"]]
    await engine.close()


async def test_who_comes_later_joins(stage: Stage) -> None:
    engine = await opened(stage)
    (first,) = asked(engine, "a")
    await until(lambda: begun(stage) == ["a"])
    (second,) = asked(engine, "b")
    await until(lambda: begun(stage) == ["a", "b"])
    stage.free.set()
    await asyncio.gather(first, second)
    await until(lambda: engine.house.compute.running == 0)
    assert engine.status(CALL().model).state == "warm"
    await engine.close()


async def test_they_take_one_place_of_the_machine(stage: Stage) -> None:
    engine = await opened(stage)
    tasks = asked(engine, "a", "b", "c")
    await until(lambda: len(stage.runs) == MOST)
    assert engine.house.compute.running == 1
    assert engine.status(CALL().model).state == "busy"
    stage.free.set()
    await asyncio.gather(*tasks)
    await engine.close()


async def test_who_leaves_is_stopped_alone(stage: Stage) -> None:
    engine = await opened(stage)
    first, second = asked(engine, "a", "b")
    await until(lambda: len(stage.runs) == 2)
    first.cancel()
    await until(lambda: stage.cancelled == ["a"])
    stage.free.set()
    assert (await second).values == ["b"]
    assert len(stage.actors) == 1
    await engine.close()


async def test_who_leaves_before_his_turn_holds_up_nobody(stage: Stage) -> None:
    engine = await opened(stage)
    (resident,) = engine.residents.values()
    places = engine.house.compute.places
    for _ in range(engine.house.compute.most):
        await places.acquire()  # by calls of other models
    (first,) = asked(engine, "a")
    await until(lambda: len(resident.desk.running) == 1)
    first.cancel()
    await asyncio.wait({first})
    for _ in range(engine.house.compute.most):
        places.release()
    await until(lambda: resident.state == "warm")
    assert (engine.house.compute.running, stage.runs) == (0, [])
    await engine.close()


async def test_after_a_death_each_is_tried_alone(stage: Stage) -> None:
    """Only what kills it again is given up, and it counts as one crash less."""
    engine = await opened(stage)
    stage.poison = "b"
    tasks = asked(engine, "a", "b", "c")
    await until(lambda: len(stage.runs) == MOST)
    stage.free.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [getattr(each, "values", None) for each in found] == [["a"], None, ["c"]]
    assert isinstance(found[1], TaglineError)
    await engine.close()


async def test_at_the_end_all_are_told(stage: Stage) -> None:
    engine = await opened(stage)
    tasks = asked(engine, "a", "b", "c", "d")
    await until(lambda: len(stage.runs) == MOST)
    await engine.close()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, TaglineError) for each in found), found


async def test_a_way_says_how_many(tmp_path: Path) -> None:
    theatre = Theatre()
    theatre.at_once = 2
    engine = theatre.engine(tmp_path)
    await engine.predict(QUICK)
    await settled(engine)
    theatre.gate.clear()
    (resident,) = engine.residents.values()
    callers = [Client(name) for name in "abc"]
    calls = [replace(QUICK, client=each) for each in callers]
    tasks = [asyncio.create_task(engine.predict(call)) for call in calls]
    await until(lambda: len(resident.desk.running) == 2)
    await asyncio.sleep(0.01)
    assert len(resident.desk.line) == 1
    theatre.gate.set()
    await asyncio.gather(*tasks)
    await engine.close()


async def test_a_deaf_model_is_not_ended_under_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attending, "STOP_SECONDS", 0.01)
    engine = await opened(stage)
    (resident,) = engine.residents.values()
    resident.took = 0.0
    stage.deaf = True
    first, second = asked(engine, "a", "b")
    await until(lambda: len(stage.runs) == 2)
    first.cancel()
    await asyncio.sleep(0.1)
    assert len(stage.actors) == 1
    stage.free.set()
    assert (await second).values == ["b"]
    await until(lambda: not stage.actors)  # now that it answers nobody
    await engine.close()
