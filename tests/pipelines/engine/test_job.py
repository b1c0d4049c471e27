"""One call between its caller, who may leave or read slowly, and the model that works on it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipelines.engine.call import Call
from pipelines.engine.job import Done, Job
from pipelines.errors import InvalidInput, ModelFailed
from tests.pipelines.fakes import PATIENCE, Library

pytestmark = pytest.mark.timeout(60)
CALL = Library().call(text="word")


@dataclass
class Scribe:
    """A host that spells the text, waits at `door` before its last word, and fails if told to."""

    error: BaseException | None = None
    memory: int = 0
    threads: int = 0
    stopped: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    door: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.door.set()

    async def run(self, call: Call, threads: int) -> list[Any]:
        self.threads = threads
        await self.last_word()
        return [each.text for each in call.inputs]

    async def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]:
        self.threads = threads
        for letter in call.inputs[0].text:
            yield letter
        await self.last_word()

    async def last_word(self) -> None:
        self.waiting.set()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.door.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        if self.error:
            raise self.error

    async def close(self) -> None:
        self.ended.set()


async def begun(job: Job, host: Scribe) -> "asyncio.Task[None]":
    """The work on `job`, as far as the host's door."""
    work = job.begin(host, 1)
    async with asyncio.timeout(PATIENCE):
        await host.waiting.wait()
    return work


async def test_an_answer_has_all_values_and_its_seconds() -> None:
    job, host = Job(CALL), Scribe()
    await job.begin(host, 3)
    done = await job.answer()
    assert (done.values, host.threads) == (["word"], 3)
    assert done.seconds > 0
    assert job.over.is_set()
    assert not job.sent


async def test_the_chunks_of_a_stream_come_in_order_and_end() -> None:
    job, host = Job(CALL, streams=True), Scribe()
    work = job.begin(host, 3)
    assert [chunk async for chunk in job.chunks()] == ["w", "o", "r", "d"]
    await work
    assert (host.threads, job.sent) == (3, True)


async def test_chunks_arrive_while_the_model_still_works() -> None:
    job, host = Job(CALL, streams=True), Scribe()
    host.door.clear()
    await begun(job, host)
    chunks = job.chunks()
    assert [await anext(chunks) for _ in "word"] == ["w", "o", "r", "d"]
    assert not job.over.is_set()
    host.door.set()
    with pytest.raises(StopAsyncIteration):
        await anext(chunks)


async def test_a_slow_reader_does_not_hold_the_model() -> None:
    job = Job(CALL, streams=True)
    await job.begin(Scribe(), 1)
    assert job.over.is_set()
    assert [chunk async for chunk in job.chunks()] == ["w", "o", "r", "d"]


@pytest.mark.parametrize("streams", [False, True])
async def test_what_the_host_raises_is_not_told_yet(streams: bool) -> None:
    """Who keeps the model decides: the job may be tried again."""
    job = Job(CALL, streams)
    with pytest.raises(ModelFailed, match="odd"):
        await job.begin(Scribe(ModelFailed("odd")), 1)
    assert not job.over.is_set()
    assert job.sent is streams
    await job.begin(Scribe(), 1)
    assert job.over.is_set()


async def test_a_failure_is_raised_to_who_waits_for_the_answer() -> None:
    job = Job(CALL)
    waiting = asyncio.create_task(job.answer())
    await asyncio.sleep(0)
    job.fail(InvalidInput("mend this"))
    with pytest.raises(InvalidInput, match="mend this"):
        await waiting


async def test_a_failure_is_raised_after_the_chunks_that_came_before_it() -> None:
    job = Job(CALL, streams=True)
    with pytest.raises(ModelFailed):
        await job.begin(Scribe(ModelFailed("odd")), 1)
    job.fail(ModelFailed("told"))
    read = job.chunks()
    assert [await anext(read) for _ in "word"] == ["w", "o", "r", "d"]
    with pytest.raises(ModelFailed, match="told"):
        await anext(read)


async def test_only_the_first_last_word_is_heard() -> None:
    job = Job(CALL)
    job.fail(ModelFailed("the first"))
    job.fail(ModelFailed("the second"))
    job.end(Done([], 0.0))
    with pytest.raises(ModelFailed, match="the first"):
        await job.answer()
    assert job.outcomes.empty()


async def test_an_answer_after_a_failure_is_not_heard() -> None:
    job, host = Job(CALL), Scribe()
    host.door.clear()
    work = await begun(job, host)
    job.fail(ModelFailed("too slow"))
    host.door.set()
    await work
    with pytest.raises(ModelFailed, match="too slow"):
        await job.answer()
    assert job.outcomes.empty()


@pytest.mark.parametrize("streams", [False, True])
async def test_a_caller_who_leaves_stops_the_model(streams: bool) -> None:
    job, host = Job(CALL, streams), Scribe()
    host.door.clear()
    work = await begun(job, host)
    job.leave()
    await asyncio.wait({work}, timeout=PATIENCE)
    assert work.cancelled()
    assert host.stopped
    assert job.left


async def test_a_caller_who_leaves_before_it_began_only_says_so() -> None:
    job = Job(CALL)
    job.leave()
    assert job.left
    assert job.work is None


async def test_who_leaves_with_the_answer_stops_nothing() -> None:
    """The work may still be handing its model back."""
    job, host = Job(CALL), Scribe()
    host.door.clear()
    work = await begun(job, host)
    job.end(Done(["word"], 0.1))
    job.leave()
    host.door.set()
    await work
    assert not host.stopped
