"""The owner of loaded models, with a library that does what a test tells it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from pipelines.engine.call import Call, Rules
from pipelines.engine.engine import Engine
from pipelines.engine.footprints import Footprints
from pipelines.engine.inline import Inline
from pipelines.engine.memory import Memory
from pipelines.engine.rooms import Tenant
from pipelines.errors import (
    BrokenModel,
    InvalidInput,
    MissingPackage,
    ModelFailed,
    TaglineError,
    TooSlow,
    Unavailable,
)
from pipelines.model import Model
from tests.pipelines.fakes import HARDWARE, PATIENCE, Library, until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    made = Library()
    yield made
    for gate in (made.loading, made.running, made.streaming):
        gate.open()  # no thread outlives its test


def engine_for(library: Library, places: int = 9, **rules: Any) -> Engine:
    """An engine with room for so many models."""
    footprints = Footprints(HARDWARE, predict=lambda folder, dtype: 100)
    memory: Memory[Tenant] = Memory([100 * places])
    return Engine(Inline(library.load), HARDWARE, Rules(**rules), memory, footprints)


@pytest.fixture
async def engine(library: Library) -> AsyncIterator[Engine]:
    made = engine_for(library)
    yield made
    await made.close()


async def value(engine: Engine, call: Call) -> Any:
    return (await engine.predict(call)).values


def names(engine: Engine) -> list[str]:
    """The models that are loaded, the least recently used first."""
    return [each.model.id.removeprefix("org/") for each in engine.residents.values()]


# Loading ---------------------------------------------------------------------------------------


async def test_ten_callers_and_one_load(library: Library, engine: Engine) -> None:
    library.loading.close()
    calls = [asyncio.create_task(value(engine, library.call(text="a" * n))) for n in range(1, 11)]
    await until(lambda: library.loading.arrived == 1)
    assert engine.status(library.call().model).state == "loading"
    library.loading.open()
    assert await asyncio.gather(*calls) == [[[float(n)]] for n in range(1, 11)]
    assert library.loads == ["org/a"]
    assert engine.status(library.call().model).state == "warm"


async def test_two_models_load_one_after_the_other(library: Library, engine: Engine) -> None:
    library.loading.close()
    calls = [asyncio.create_task(engine.load(library.call(name))) for name in "ab"]
    await until(lambda: library.loading.arrived == 1)
    assert [engine.status(library.call(name).model).state for name in "ab"] == ["loading"] * 2
    library.loading.open()
    await asyncio.gather(*calls)
    assert sorted(library.loads) == ["org/a", "org/b"]
    assert library.most_inside == 1


async def test_loading_alone_runs_nothing(library: Library, engine: Engine) -> None:
    await engine.load(library.call())
    assert (library.loads, library.runs) == (["org/a"], [])
    await value(engine, library.call())
    assert (library.loads, library.runs) == (["org/a"], ["org/a"])


async def test_tasks_that_load_alike_share_a_model(library: Library, engine: Engine) -> None:
    call = library.call()
    ranking = replace(library.task(), tag="other words")
    await value(engine, call)
    await value(engine, replace(call, task=ranking))
    assert library.loads == ["org/a"]
    await value(engine, replace(call, task=library.task(key="another")))
    assert library.loads == ["org/a", "org/a"]


async def test_a_revision_or_an_owner_has_a_model_of_its_own(
    library: Library, engine: Engine
) -> None:
    call = library.call()
    for model in (call.model, replace(call.model, revision="2"), replace(call.model, owner="me")):
        await value(engine, replace(call, model=model))
    assert len(library.loads) == 3


async def test_a_failed_load_is_told_to_all_and_tried_again(
    library: Library, engine: Engine
) -> None:
    library.loading.close()
    library.load_errors.append(BrokenModel("weights are damaged"))
    calls = [asyncio.create_task(value(engine, library.call())) for _ in range(3)]
    await until(lambda: library.loading.arrived == 1)
    library.loading.open()
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(each) for each in found] == ["weights are damaged"] * 3
    assert engine.status(library.call().model).state == "failed"
    assert engine.status(library.call().model).error == "weights are damaged"
    assert await value(engine, library.call()) == [[4.0]]
    assert len(library.loads) == 2
    assert engine.status(library.call().model).error is None


@pytest.mark.parametrize(
    ("raised", "expected", "text"),
    [
        (InvalidInput("as it is"), InvalidInput, "^as it is$"),
        (ImportError("No module named 'x'"), MissingPackage, "org/a needs .* No module named 'x'"),
        (MemoryError(), Unavailable, "not enough memory to load org/a"),
        (RuntimeError("CUDA out of memory. Tried"), Unavailable, "not enough memory"),
        (OSError("odd"), BrokenModel, "org/a cannot be loaded: odd. Delete its folder"),
        (KeyError("model_type"), BrokenModel, "org/a cannot be loaded: 'model_type'"),
    ],
)
async def test_what_a_library_raises_while_it_loads(
    library: Library,
    engine: Engine,
    raised: BaseException,
    expected: type[TaglineError],
    text: str,
) -> None:
    library.load_errors.append(raised)
    with pytest.raises(expected, match=text):
        await value(engine, library.call())


async def test_a_load_that_takes_too_long_goes_on(library: Library) -> None:
    engine = engine_for(library, load_seconds=0.01)
    library.loading.close()
    with pytest.raises(Unavailable, match="org/a is still loading .* It goes on") as caught:
        await engine.predict(library.call())
    assert caught.value.retry_after == 30
    assert engine.status(library.call().model).state == "loading"
    library.loading.open()
    await until(lambda: engine.status(library.call().model).state == "warm")
    assert await value(engine, library.call()) == [[4.0]]
    assert library.loads == ["org/a"]
    await engine.close()


async def test_who_gives_up_does_not_stop_the_load_for_others(
    library: Library, engine: Engine
) -> None:
    library.loading.close()
    hasty, patient = (asyncio.create_task(value(engine, library.call())) for _ in range(2))
    await until(lambda: library.loading.arrived == 1)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    library.loading.open()
    assert await patient == [[4.0]]
    assert library.loads == ["org/a"]


async def test_a_load_that_nobody_waits_for_still_counts(library: Library, engine: Engine) -> None:
    library.loading.close()
    only = asyncio.create_task(value(engine, library.call()))
    await until(lambda: library.loading.arrived == 1)
    only.cancel()
    with suppress(asyncio.CancelledError):
        await only
    library.loading.open()
    assert await value(engine, library.call()) == [[4.0]]
    assert library.loads == ["org/a"]


async def test_the_files_are_held_while_they_load(library: Library) -> None:
    held: list[str] = []

    @contextmanager
    def hold(model: Model) -> Iterator[None]:
        held.append(model.id)
        yield
        held.remove(model.id)

    engine = Engine(Inline(library.load), HARDWARE, hold=hold)
    library.loading.close()
    call = asyncio.create_task(value(engine, library.call()))
    await until(lambda: library.loading.arrived == 1)
    assert held == ["org/a"]
    library.loading.open()
    await call
    assert held == []
    await engine.close()


# Room ------------------------------------------------------------------------------------------


async def test_the_least_recently_used_goes(library: Library) -> None:
    engine = engine_for(library, places=2)
    for name in "abac":
        await value(engine, library.call(name))
    assert names(engine) == ["a", "c"]
    await value(engine, library.call("b"))
    assert names(engine) == ["c", "b"]
    assert library.loads == ["org/a", "org/b", "org/c", "org/b"]
    await engine.close()


async def test_a_busy_one_never_goes(library: Library) -> None:
    engine = engine_for(library, places=1)
    library.running.close()
    first = asyncio.create_task(value(engine, library.call("a")))
    await until(lambda: library.running.arrived == 1)
    second = asyncio.create_task(value(engine, library.call("b")))
    await until(lambda: engine.status(library.call("b").model).state == "loading")
    assert names(engine) == ["a", "b"]
    assert library.loads == ["org/a"]
    library.running.open()
    assert [await first, await second] == [[[4.0]], [[4.0]]]
    assert names(engine) == ["b"]
    await engine.close()


async def test_one_that_streams_is_busy(library: Library) -> None:
    engine = engine_for(library, places=1)
    library.streaming.close()
    async with aclosing(engine.stream(library.call("a"))) as chunks:
        first = asyncio.ensure_future(anext(chunks))
        await until(lambda: library.streaming.arrived == 1)
        other = asyncio.create_task(value(engine, library.call("b")))
        await until(lambda: engine.status(library.call("b").model).state == "loading")
        assert engine.status(library.call("a").model).state == "busy"
        library.streaming.open()
        assert await first + "".join([chunk async for chunk in chunks]) == "word"
    assert await other == [[4.0]]
    assert names(engine) == ["b"]
    await engine.close()


async def test_unloading(library: Library, engine: Engine) -> None:
    call = library.call()
    assert not await engine.unload(call.model)
    await value(engine, call)
    assert await engine.unload(call.model)
    assert engine.status(call.model).state == "cold"
    assert not await engine.unload(call.model)


async def test_a_busy_one_is_not_unloaded(library: Library, engine: Engine) -> None:
    library.running.close()
    running = asyncio.create_task(value(engine, library.call()))
    await until(lambda: library.running.arrived == 1)
    with pytest.raises(Unavailable, match="org/a is answering a call") as caught:
        await engine.unload(library.call().model)
    assert caught.value.retry_after == 5
    library.running.open()
    assert await running == [[4.0]]
    assert await engine.unload(library.call().model)


async def test_what_goes_is_really_let_go(library: Library, engine: Engine) -> None:
    for name in "abc":
        await value(engine, library.call(name))
    await engine.close()
    assert names(engine) == []
    gc.collect()
    assert [pipe() for pipe in library.pipes] == [None] * 3
    with pytest.raises(Unavailable, match="shutting down"):
        await value(engine, library.call())


async def test_closing_stops_waiting_for_a_load(library: Library, engine: Engine) -> None:
    library.loading.close()
    waiting = asyncio.create_task(value(engine, library.call()))
    await until(lambda: library.loading.arrived == 1)
    closing = asyncio.create_task(engine.close())
    with pytest.raises(Unavailable, match="shutting down"):
        await waiting
    library.loading.open()
    await closing
    assert names(engine) == []


# Running ---------------------------------------------------------------------------------------


async def test_runs_of_one_model_stand_in_line(library: Library, engine: Engine) -> None:
    calls = (value(engine, library.call(text="a" * n)) for n in range(1, 9))
    assert await asyncio.gather(*calls) == [[[float(n)]] for n in range(1, 9)]
    assert library.most_inside == 1


async def test_runs_of_two_models_do_not_wait_for_each_other(
    library: Library, engine: Engine
) -> None:
    library.running.close()
    calls = [asyncio.create_task(value(engine, library.call(name))) for name in "ab"]
    await until(lambda: library.inside == 2)
    library.running.open()
    assert await asyncio.gather(*calls) == [[[4.0]], [[4.0]]]


async def test_the_event_loop_is_free_while_a_model_runs(library: Library, engine: Engine) -> None:
    library.running.close()
    order: list[str] = []
    running = asyncio.create_task(value(engine, library.call()))
    running.add_done_callback(lambda _: order.append("answer"))
    await until(lambda: library.running.arrived == 1)
    for _ in range(100):
        await asyncio.sleep(0)
    order.append("a hundred turns")
    assert engine.status(library.call().model).state == "busy"
    library.running.open()
    await running
    assert order == ["a hundred turns", "answer"]


@pytest.mark.parametrize(
    ("raised", "expected", "text"),
    [
        (InvalidInput("as it is"), InvalidInput, "^as it is$"),
        (ValueError("odd\nand more"), ModelFailed, r"^org/a failed on this input: odd\.$"),
        (MemoryError(), Unavailable, "ran out of memory on this input"),
        (RuntimeError("CUDA out of memory."), Unavailable, "ran out of memory"),
        (
            ValueError("The following `model_kwargs` are not used by the model: ['x']"),
            ModelFailed,
            "^org/a does not take one of these parameters",
        ),
    ],
)
async def test_what_a_library_raises_while_it_runs(
    library: Library,
    engine: Engine,
    raised: BaseException,
    expected: type[TaglineError],
    text: str,
) -> None:
    library.run_errors += [raised, raised]
    with pytest.raises(expected, match=text):
        await value(engine, library.call())
    with pytest.raises(expected, match=text):
        await anext(engine.stream(library.call()))
    assert await value(engine, library.call()) == [[4.0]]
    assert library.loads == ["org/a"]


async def test_what_a_library_raises_is_in_the_log(
    library: Library, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    library.run_errors.append(ValueError("odd"))
    with pytest.raises(ModelFailed):
        await value(engine, library.call())
    (record,) = caplog.records
    assert record.getMessage() == "org/a failed on words"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


# Streams ---------------------------------------------------------------------------------------


async def test_a_stream_yields_each_chunk_as_it_falls(library: Library, engine: Engine) -> None:
    library.streaming.close()
    chunks: list[str] = []
    async with aclosing(engine.stream(library.call())) as stream:
        for count in range(1, 5):
            following = asyncio.ensure_future(anext(stream))
            await until(lambda count=count: library.streaming.arrived == count)  # type: ignore[misc]
            assert not following.done()
            library.streaming.open()
            chunks.append(await following)
            library.streaming.close()
    library.streaming.open()
    assert chunks == list("word")


async def test_a_stream_closed_early_stops_the_model(library: Library, engine: Engine) -> None:
    stream = engine.stream(library.call(text="a" * 1_000))
    assert await anext(stream) == "a"
    await stream.aclose()
    await until(lambda: library.closed == 1)
    assert library.streaming.arrived < 1_000
    await until(lambda: engine.status(library.call().model).state == "warm")
    assert await value(engine, library.call()) == [[4.0]]


async def test_a_reader_who_is_cancelled_stops_the_model(library: Library, engine: Engine) -> None:
    async def read() -> None:
        async with aclosing(engine.stream(library.call())) as stream:
            async for _ in stream:
                library.streaming.close()

    reader = asyncio.create_task(read())
    await until(lambda: library.streaming.arrived >= 2)
    reader.cancel()
    library.streaming.open()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reader, PATIENCE)
    await until(lambda: library.closed == 1)
    assert await value(engine, library.call()) == [[4.0]]


async def test_a_stream_and_a_run_stand_in_line(library: Library, engine: Engine) -> None:
    library.streaming.close()
    async with aclosing(engine.stream(library.call())) as stream:
        first = asyncio.ensure_future(anext(stream))
        await until(lambda: library.streaming.arrived == 1)
        run = asyncio.create_task(value(engine, library.call()))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not run.done()
        assert library.runs == []
        library.streaming.open()
        assert await first == "w"
    assert await asyncio.wait_for(run, PATIENCE) == [[4.0]]


async def test_a_stream_that_ends_by_itself_is_closed_once(
    library: Library, engine: Engine
) -> None:
    assert [chunk async for chunk in engine.stream(library.call())] == list("word")
    assert library.closed == 1


async def test_a_call_that_took_too_long_leaves_a_model_that_works(library: Library) -> None:
    engine = engine_for(library, call_seconds=0.01)
    library.running.close()
    with pytest.raises(TooSlow):
        await value(engine, library.call())
    library.running.open()
    await until(lambda: not engine.status(library.call().model).waiting)
    assert await value(engine, library.call()) == [[4.0]]
    await engine.close()
