"""How long a model stays: unused, pinned, and until the end of the server."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from pipelines.errors import TooManyCalls, Unavailable
from tests.pipelines.engine.stage import CALL, MODEL, SIZE, Stage, answer, ask, until

pytestmark = pytest.mark.timeout(60)


async def later(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


# Unused ----------------------------------------------------------------------------------------


async def test_an_unused_model_leaves(stage: Stage) -> None:
    engine = stage.engine(idle_seconds=0.02)
    await engine.predict(CALL())
    await later(lambda: not stage.actors)
    await until(lambda: engine.status(MODEL).state == "cold")
    assert engine.memory.taken == 0
    assert await answer(engine, CALL()) == ["word"]
    await engine.close()


async def test_a_call_begins_the_time_anew(stage: Stage) -> None:
    engine = stage.engine(idle_seconds=0.2)
    for _ in range(10):
        await engine.predict(CALL())
        await asyncio.sleep(0.03)
    assert stage.loads == ["a"]
    await engine.close()


async def test_a_pinned_model_stays(stage: Stage) -> None:
    engine = stage.engine(places=1, idle_seconds=0.01, room_seconds=0.05)
    await engine.pin(CALL())
    await asyncio.sleep(0.05)
    with pytest.raises(Unavailable, match="no room for org/b.* held by org/a"):
        await engine.predict(CALL("b"))
    assert engine.status(MODEL).state == "warm"
    await engine.pin(CALL(), on=False)
    assert await answer(engine, CALL("b")) == ["word"]
    assert not engine.of(MODEL)
    await engine.close()


async def test_a_pin_that_is_taken_away_lets_the_model_go(stage: Stage) -> None:
    engine = stage.engine(idle_seconds=0.02)
    await engine.pin(CALL())
    await asyncio.sleep(0.05)
    assert engine.status(MODEL).state == "warm"
    await engine.pin(CALL(), on=False)
    await later(lambda: not stage.actors)
    await engine.close()


async def test_a_pin_that_is_unloaded_by_hand_is_no_pin(stage: Stage) -> None:
    engine = stage.engine()
    await engine.pin(CALL())
    assert await engine.unload(MODEL)
    await asyncio.sleep(0)
    assert (stage.loads, engine.status(MODEL).pinned) == (["a"], False)
    await engine.close()


async def test_while_it_leaves_it_says_so(stage: Stage) -> None:
    engine = stage.engine()
    await engine.load(CALL())
    closed, actor = asyncio.Event(), stage.actors[0]
    ending = actor.close

    async def slowly() -> None:
        await closed.wait()
        await ending()

    actor.close = slowly  # type: ignore[method-assign]
    leaving = asyncio.create_task(engine.unload(MODEL))
    await until(lambda: engine.status(MODEL).state == "evicting")
    assert engine.status(MODEL).reason == "unloaded by hand"
    assert engine.memory.taken == SIZE  # until the process is really gone
    again = ask(engine, CALL())
    closed.set()
    await leaving
    assert await again == ["word"]
    assert stage.loads == ["a", "a"]
    await engine.close()


async def test_a_pinned_model_keeps_its_room_through_a_crash(stage: Stage) -> None:
    engine = stage.engine(places=1, room_seconds=0.05)
    await engine.pin(CALL())
    stage.open.clear()
    stage.actors[0].die()
    await until(lambda: len(stage.loads) == 2)
    with pytest.raises(Unavailable, match="no room for org/b"):
        await engine.predict(CALL("b"))
    stage.open.set()
    await until(lambda: engine.status(MODEL).state == "warm")
    assert engine.memory.taken == SIZE
    await engine.close()


async def test_a_pin_that_fails_is_no_pin(stage: Stage) -> None:
    engine = stage.engine(load_seconds=0.02)
    stage.open.clear()
    with pytest.raises(Unavailable, match="still loading"):
        await engine.pin(CALL())
    assert not engine.pins
    stage.open.set()
    await until(lambda: engine.status(MODEL).state == "warm")
    assert not engine.status(MODEL).pinned
    await engine.close()


async def test_who_calls_in_the_moment_of_an_unload_is_told(stage: Stage) -> None:
    engine = stage.engine()
    call = ask(engine, CALL())
    await asyncio.sleep(0)
    await engine.unload(MODEL)
    with pytest.raises(Unavailable, match="unloaded"):
        await call
    await engine.close()


async def test_a_stay_keeps_nobodys_data(stage: Stage) -> None:
    engine = stage.engine()
    await engine.predict(CALL(text="secret"))
    (resident,) = engine.residents.values()
    assert resident.call.inputs == []
    await engine.close()


# Room ------------------------------------------------------------------------------------------


async def test_loads_that_wait_are_served_in_order(stage: Stage) -> None:
    engine = stage.engine(places=1)
    stage.free.clear()
    calls = [ask(engine, CALL("a"))]
    await until(lambda: len(stage.runs) == 1)
    for name in "bcd":
        calls.append(ask(engine, CALL(name)))
        await asyncio.sleep(0)
    stage.free.set()
    await asyncio.gather(*calls)
    assert stage.loads == list("abcd")
    await engine.close()


async def test_a_model_that_grows_sends_idle_ones_away(stage: Stage) -> None:
    engine = stage.engine(places=3)
    for name in "abc":
        await engine.predict(CALL(name))
    stage.actors[2].memory = 2 * SIZE
    await engine.predict(CALL("c"))
    await until(lambda: engine.memory.taken <= engine.memory.size)
    assert [each.model.id for each in engine.residents.values()] == ["org/b", "org/c"]
    assert engine.footprints.expect(CALL("c")).bytes == 2 * SIZE
    await engine.close()


async def test_who_once_took_more_than_there_is_may_come_again(stage: Stage) -> None:
    engine = stage.engine(places=2)
    await engine.predict(CALL())
    stage.actors[0].memory = 3 * SIZE
    await engine.predict(CALL())
    await engine.unload(MODEL)
    assert (await engine.fit(CALL())).verdict == "fits"
    assert await answer(engine, CALL()) == ["word"]
    await engine.close()


async def test_nobody_waits_for_what_pinned_models_hold(stage: Stage) -> None:
    engine = stage.engine(places=2, room_seconds=3_600)
    await engine.pin(CALL())
    engine.footprints.predict = lambda folder, dtype: 2 * SIZE
    with pytest.raises(Unavailable, match="no room for org/b.* held by org/a"):
        await engine.predict(CALL("b"))
    await engine.close()


async def test_progress_is_seen_by_all_who_wait(stage: Stage) -> None:
    engine = stage.engine()
    stage.open.clear()
    stage.reports = [10, 40]
    calls = [ask(engine, CALL()) for _ in range(3)]
    await until(lambda: engine.status(MODEL).done == 40)
    now = engine.status(MODEL)
    assert (now.state, now.total, now.waiting) == ("loading", SIZE, 3)
    assert now.eta is not None
    stage.open.set()
    await asyncio.gather(*calls)
    assert stage.loads == ["a"]
    await engine.close()


# Turns -----------------------------------------------------------------------------------------


async def test_clients_take_turns(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    names = ["heavy"] * 4 + ["light"] * 2
    calls = [ask(engine, CALL(text=str(n), client=name)) for n, name in enumerate(names)]
    await until(lambda: len(stage.runs) == 1 and engine.status(MODEL).waiting == 5)
    stage.free.set()
    await asyncio.gather(*calls)
    assert [text for _, text, _ in stage.runs] == ["0", "4", "1", "5", "2", "3"]
    await engine.close()


async def test_who_fills_the_line_makes_way(stage: Stage) -> None:
    engine = stage.engine(most_waiting=3)
    stage.free.clear()
    heavy = [ask(engine, CALL(text=str(n), client="heavy")) for n in range(3)]
    await until(lambda: len(stage.runs) == 1)
    heavy.append(ask(engine, CALL(text="3", client="heavy")))
    await until(lambda: engine.status(MODEL).waiting == 3)
    light = ask(engine, CALL(text="light", client="light"))
    with pytest.raises(TooManyCalls):
        await heavy.pop()
    stage.free.set()
    await asyncio.gather(light, *heavy)
    await engine.close()


async def test_who_is_sent_away_while_the_model_loads_hears_of_it_at_once(stage: Stage) -> None:
    engine = stage.engine(most_waiting=2)
    stage.open.clear()
    heavy = [ask(engine, CALL(text=str(n), client="heavy")) for n in range(2)]
    await until(lambda: engine.status(MODEL).waiting == 2)
    light = ask(engine, CALL(client="light"))
    with pytest.raises(TooManyCalls):
        await heavy.pop()
    assert engine.status(MODEL).state == "loading"
    stage.open.set()
    await asyncio.gather(light, *heavy)
    await engine.close()


async def test_calls_share_the_cores(stage: Stage) -> None:
    """HARDWARE has two: the first call gets both, those that come while it works one each."""
    engine = stage.engine()
    stage.free.clear()
    calls = []
    for name in "abc":
        calls.append(ask(engine, CALL(name)))
        await until(lambda: len(stage.runs) == len(calls))
    assert [threads for *_, threads in stage.runs] == [2, 1, 1]
    stage.free.set()
    await asyncio.gather(*calls)
    await engine.close()


async def test_only_so_many_models_compute_at_a_time(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    calls = [ask(engine, CALL(name)) for name in "abcdef"]
    await until(lambda: len(stage.actors) == 6)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(stage.runs) == engine.house.compute.most == 4
    stage.free.set()
    await asyncio.gather(*calls)
    assert len(stage.runs) == 6
    await engine.close()


# The end ---------------------------------------------------------------------------------------


async def test_draining_answers_what_is_here_and_refuses_what_comes(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    here = [ask(engine, CALL(text=text)) for text in ("one", "two")]
    await until(lambda: len(stage.runs) == 1)
    draining = asyncio.create_task(engine.drain(30))
    await asyncio.sleep(0)
    assert not engine.ready
    with pytest.raises(Unavailable, match="shutting down"):
        await engine.predict(CALL(text="late"))
    stage.free.set()
    await draining
    assert [await each for each in here] == [["one"], ["two"]]
    await engine.close()


async def test_draining_does_not_wait_for_ever(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    endless = ask(engine, CALL())
    await until(lambda: len(stage.runs) == 1)
    await engine.drain(0.01)
    await engine.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await endless
    assert stage.closed
    assert not stage.actors


async def test_closing_tells_those_who_wait_for_a_place_to_compute(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    calls = [ask(engine, CALL(name)) for name in "abcdef"]
    await until(lambda: len(stage.actors) == 6 and len(stage.runs) == 4)
    await engine.close()
    for call in calls:
        with pytest.raises(Unavailable):
            await call


async def test_closing_while_somebody_hangs_up(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    call = ask(engine, CALL())
    await until(lambda: len(stage.runs) == 1)
    call.cancel()
    await engine.close()
    with suppress(asyncio.CancelledError):
        await call
    assert engine.memory.taken == 0
