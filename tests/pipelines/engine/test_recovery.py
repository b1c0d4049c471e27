"""What happens to calls and to a model when its process ends."""

import asyncio
from contextlib import aclosing, suppress

import pytest

from pipelines.engine import past
from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.errors import (
    BrokenModel,
    ModelFailed,
    TaglineError,
    TooSlow,
    Unavailable,
    WorkerDied,
)
from tests.pipelines.engine.stage import CALL, MODEL, Stage, answer, ask, until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Back-off is written down instead of waited for."""
    waited: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        if seconds:
            waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    return waited


async def failed(engine: Engine, call: Call) -> TaglineError:
    with pytest.raises(TaglineError) as caught:
        await engine.predict(call)
    return caught.value


# One crash -------------------------------------------------------------------------------------


async def test_a_call_in_flight_is_tried_once_more(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    call = ask(engine, CALL())
    await until(lambda: len(stage.runs) == 1)
    stage.actors[0].die()
    stage.free.set()
    assert await call == ["word"]
    assert (stage.loads, len(stage.runs)) == (["a", "a"], 2)
    await engine.close()


async def test_those_behind_it_wait_for_the_new_process(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    calls = [ask(engine, CALL(text=text)) for text in ("one", "two", "three")]
    await until(lambda: len(stage.runs) == 1)
    stage.actors[0].die()
    stage.free.set()
    assert await asyncio.gather(*calls) == [["one"], ["two"], ["three"]]
    assert [text for _, text, _ in stage.runs] == ["one", "one", "two", "three"]
    await engine.close()


async def test_a_second_crash_fails_the_call_and_nobody_else(stage: Stage) -> None:
    engine = stage.engine()
    stage.poison = "deadly"
    stage.free.clear()
    deadly, harmless = ask(engine, CALL(text="deadly")), ask(engine, CALL(text="fine"))
    await until(lambda: len(stage.runs) == 1)
    stage.free.set()
    with pytest.raises(WorkerDied, match="ended while it answered.*send less"):
        await deadly
    assert await harmless == ["fine"]
    assert stage.loads == ["a"] * 3
    await engine.close()


async def test_a_stream_that_was_heard_is_not_begun_again(stage: Stage) -> None:
    engine = stage.engine()
    async with aclosing(engine.stream(CALL(text="w" * 10))) as chunks:
        assert await anext(chunks) == "w"
        stage.free.clear()
        for actor in list(stage.actors):
            actor.die()
        stage.free.set()
        with pytest.raises(WorkerDied):
            [chunk async for chunk in chunks]
    assert len(stage.runs) == 1
    await engine.close()


async def test_a_stream_that_was_not_heard_yet_is_tried_again(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    heard: list[str] = []

    async def listen() -> None:
        async with aclosing(engine.stream(CALL())) as chunks:
            async for chunk in chunks:
                heard.append(chunk)

    listening = asyncio.create_task(listen())
    await until(lambda: len(stage.runs) == 1)
    stage.actors[0].die()
    stage.free.set()
    await listening
    assert heard == list("word")
    await engine.close()


async def test_death_while_idle_is_seen_at_once_and_costs_nothing(stage: Stage) -> None:
    engine = stage.engine()
    await answer(engine, CALL())
    stage.actors[0].die()
    await until(lambda: engine.status(MODEL).state == "cold")
    assert engine.memory.taken == 0
    assert await answer(engine, CALL()) == ["word"]
    assert stage.loads == ["a", "a"]
    await engine.close()


async def test_a_pinned_one_comes_back_by_itself(stage: Stage) -> None:
    engine = stage.engine()
    await engine.pin(CALL())
    stage.actors[0].die()
    await until(lambda: len(stage.loads) == 2 and engine.status(MODEL).state == "warm")
    assert engine.status(MODEL).pinned
    await engine.close()


async def test_a_crash_while_loading_is_tried_once_more(stage: Stage) -> None:
    engine = stage.engine()
    stage.fails = [WorkerDied("first")]
    assert await answer(engine, CALL()) == ["word"]
    assert stage.loads == ["a", "a"]
    stage.fails = [WorkerDied("first"), WorkerDied("second")]
    assert str(await failed(engine, CALL("b"))) == "second"
    await engine.close()


async def test_what_is_said_of_a_crash(stage: Stage) -> None:
    engine = stage.engine()
    stage.fails = [WorkerDied("It ended.")]
    await answer(engine, CALL())
    assert [(each.model, each.text) for each in engine.errors] == [("org/a", "It ended.")]
    await engine.close()


# Again and again --------------------------------------------------------------------------------


async def test_crashes_in_a_row_wait_longer_and_longer_and_end_in_quarantine(
    stage: Stage, no_waiting: list[float]
) -> None:
    engine = stage.engine()
    stage.poison = "word"
    for _ in range(past.MOST_CRASHES - 1):
        assert isinstance(await failed(engine, CALL()), WorkerDied)
    error = await failed(engine, CALL())
    assert isinstance(error, Unavailable)
    assert "ended 5 times in a row" in str(error)
    assert error.retry_after is not None
    assert {round(seconds) for seconds in no_waiting} == {1, 2, 4}
    await until(lambda: engine.status(MODEL).state == "quarantined")
    loads = len(stage.loads)
    assert isinstance(await failed(engine, CALL()), Unavailable)
    assert len(stage.loads) == loads
    await engine.close()


async def test_a_call_counts_once_though_it_was_tried_twice(stage: Stage) -> None:
    engine = stage.engine()
    stage.poison = "word"
    await failed(engine, CALL())
    assert (len(stage.loads), engine.status(MODEL).crashes) == (2, 1)
    await engine.close()


async def test_a_good_answer_begins_the_count_anew(stage: Stage) -> None:
    engine = stage.engine()
    for _ in range(past.MOST_CRASHES + 2):
        assert await answer(engine, CALL()) == ["word"]
        stage.actors[0].die()
        await until(lambda: engine.status(MODEL).state == "cold")
    assert engine.status(MODEL).crashes == 1
    await engine.close()


async def test_the_operator_ends_a_quarantine(stage: Stage) -> None:
    engine = stage.engine()
    stage.fails = [WorkerDied("no")] * past.MOST_CRASHES
    for _ in range(3):
        await failed(engine, CALL())
    assert engine.status(MODEL).state == "quarantined"
    await engine.load(CALL())
    assert engine.status(MODEL).state == "warm"
    assert await answer(engine, CALL()) == ["word"]
    await engine.close()


async def test_other_models_do_not_notice(stage: Stage) -> None:
    engine = stage.engine()
    stage.poison = "deadly"
    assert await answer(engine, CALL("b")) == ["word"]
    await failed(engine, CALL(text="deadly"))
    assert await answer(engine, CALL("b")) == ["word"]
    assert stage.loads.count("b") == 1
    await engine.close()


# A load that cannot be -------------------------------------------------------------------------


async def test_an_error_of_the_library_is_no_crash(stage: Stage) -> None:
    engine = stage.engine()
    stage.fails = [BrokenModel("damaged")]
    assert str(await failed(engine, CALL())) == "damaged"
    assert engine.status(MODEL).state == "failed"
    assert engine.status(MODEL).crashes == 0
    assert engine.memory.taken == 0
    assert stage.loads == ["a"]
    await engine.close()


async def test_an_error_of_our_own_is_told_too(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    engine = stage.engine()
    stage.fails = [ZeroDivisionError("odd")]
    error = await failed(engine, CALL())
    assert isinstance(error, ModelFailed)
    assert "The engine failed on org/a" in caplog.text
    await engine.close()


# Deadlines and hang-ups ------------------------------------------------------------------------


async def test_a_call_that_takes_too_long_is_stopped(stage: Stage) -> None:
    engine = stage.engine(call_seconds=0.01)
    stage.free.clear()
    error = await failed(engine, CALL())
    assert isinstance(error, TooSlow)
    assert "within 0.01 s" in str(error)
    await until(lambda: stage.cancelled == ["word"])
    stage.free.set()
    assert await answer(engine, CALL(text="next")) == ["next"]
    assert stage.loads == ["a"]
    await engine.close()


async def test_a_model_that_does_not_stop_is_ended_and_that_is_no_crash(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.engine.attending.STOP_SECONDS", 0.01)
    engine = stage.engine(call_seconds=0.01)
    stage.free.clear()
    stage.deaf = True
    slow, after = ask(engine, CALL()), ask(engine, CALL(text="after"))
    with pytest.raises(TooSlow):
        await slow
    stage.free.set()
    assert await after == ["after"]
    assert stage.loads == ["a", "a"]
    assert engine.status(MODEL).crashes == 0
    await engine.close()


async def test_who_hangs_up_stops_the_model_which_then_takes_the_next(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    hasty, patient = ask(engine, CALL(text="hasty")), ask(engine, CALL(text="patient"))
    await until(lambda: len(stage.runs) == 1)
    hasty.cancel()
    await until(lambda: stage.cancelled == ["hasty"])
    stage.free.set()
    assert await patient == ["patient"]
    assert [text for _, text, _ in stage.runs] == ["hasty", "patient"]
    await engine.close()


async def test_who_hangs_up_while_waiting_is_never_asked_for(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    first, second = ask(engine, CALL(text="first")), ask(engine, CALL(text="second"))
    await until(lambda: len(stage.runs) == 1)
    second.cancel()
    with suppress(asyncio.CancelledError):
        await second
    stage.free.set()
    assert await first == ["first"]
    await until(lambda: engine.status(MODEL).state == "warm")
    assert [text for _, text, _ in stage.runs] == ["first"]
    await engine.close()


async def test_a_hang_up_gives_a_deaf_model_as_long_as_a_load_takes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.engine.attending.STOP_SECONDS", 0.01)
    engine = stage.engine()
    stage.free.clear()
    stage.deaf = True
    hasty, after = ask(engine, CALL(text="hasty")), ask(engine, CALL(text="after"))
    await until(lambda: len(stage.runs) == 1)
    hasty.cancel()
    await until(lambda: stage.loads == ["a", "a"])
    stage.free.set()
    assert await after == ["after"]
    assert engine.status(MODEL).crashes == 0
    await engine.close()


async def test_a_model_that_nobody_listens_to_can_be_unloaded(stage: Stage) -> None:
    engine = stage.engine()
    stage.free.clear()
    stage.deaf = True
    call = ask(engine, CALL())
    await until(lambda: len(stage.runs) == 1)
    with pytest.raises(Unavailable, match="is answering a call"):
        await engine.unload(MODEL)
    call.cancel()
    await asyncio.wait({call})
    stage.actors[0].die()
    assert await engine.unload(MODEL)
    assert engine.memory.taken == 0
    await engine.close()


async def test_a_reload_that_hangs_is_told_as_a_load_that_hangs(stage: Stage) -> None:
    engine = stage.engine(load_seconds=0.05)
    assert await answer(engine, CALL()) == ["word"]
    stage.open.clear()
    stage.free.clear()
    in_flight = ask(engine, CALL())
    await until(lambda: len(stage.runs) == 2)
    stage.actors[0].die()
    await until(lambda: engine.status(MODEL).state == "loading")
    for late in (ask(engine, CALL()), asyncio.create_task(engine.load(CALL()))):
        with pytest.raises(Unavailable, match="still loading"):
            await late
    stage.open.set()
    stage.free.set()
    assert await in_flight == ["word"]
    await engine.close()


async def test_a_load_that_never_ends_is_given_up(stage: Stage) -> None:
    engine = stage.engine(load_seconds=0.01)
    stage.open.clear()
    assert isinstance(await failed(engine, CALL()), Unavailable)
    async with asyncio.timeout(10):
        while engine.memory.taken:
            await asyncio.sleep(0)
    assert "was not loaded within" in str(engine.status(MODEL).error)
    await engine.close()
