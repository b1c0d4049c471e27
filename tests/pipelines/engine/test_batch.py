"""Calls that arrive together run together, and each caller gets what is his alone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pipelines.allowance import Client
from pipelines.engine.call import Answer, Call, Host
from pipelines.engine.engine import Engine
from pipelines.engine.events import Event, Ran
from pipelines.engine.footprints import Footprints
from pipelines.engine.memory import Memory
from pipelines.engine.rooms import Tenant
from pipelines.engine.sizes import FIRST as TRIES
from pipelines.engine.sizes import Sizes
from pipelines.errors import InvalidInput, ModelFailed, TaglineError, WorkerDied
from pipelines.notices import apart
from pipelines.task import Params, Task
from tests.pipelines.fakes import HARDWARE, Library, Words, until

pytestmark = pytest.mark.timeout(60)
MOST = 8


class Options(Params):
    loud: bool = False


TASK = replace(Library().task("one"), params=Options, together=MOST)
FIRST = "first"  # occupies the model until the gate opens


@dataclass
class Reader:
    """Counts letters of all texts it is given; some texts do what their name says."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    memory: int = 100
    runs: list[list[str]] = field(default_factory=list)
    starts: int = 0
    rows: bool = True
    ready = True

    async def start(self, *given: Any) -> Host:
        self.ended.clear()
        self.starts += 1
        return self

    async def run(self, call: Call, threads: int) -> list[Any]:
        texts = [each.text for each in call.inputs]
        self.runs.append(texts)
        if texts == [FIRST]:
            await self.gate.wait()
        if "bad" in texts:
            raise InvalidInput("inputs: bad")
        if "deadly" in texts:
            self.ended.set()
            raise WorkerDied("died")
        if "large" in texts and len(texts) > 1:
            raise ModelFailed("out of memory")
        if "cut" in texts:
            tell = apart if call.together else call.notices.append
            tell("It was cut.")
        call.read.append(sum(map(len, texts)))
        if self.rows:
            call.rows.extend(map(len, texts))
        return [[float(len(each))] for each in texts]

    async def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]:
        self.runs.append([call.inputs[0].text])
        yield call.inputs[0].text

    async def close(self) -> None:
        self.ended.set()


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
async def engine(reader: Reader) -> AsyncIterator[Engine]:
    memory: Memory[Tenant] = Memory([1000])
    footprints = Footprints(HARDWARE, predict=lambda folder, dtype: 100)
    made = Engine(reader, HARDWARE, None, memory, footprints)
    yield made
    await made.close()


def call(*texts: str, client: str = "", **options: Any) -> Call:
    model = Library().call().model
    rows = [Words(text=each) for each in texts]
    return Call(TASK, model, rows, Options(**options), Client(client or texts[0]))


async def together(engine: Engine, reader: Reader, *calls: Call) -> list[Any]:
    """What becomes of calls that come while the model is busy with another."""
    busy = asyncio.create_task(engine.predict(call(FIRST)))
    before = len(reader.runs)
    await until(lambda: len(reader.runs) > before)
    asked = [asyncio.create_task(engine.predict(each)) for each in calls]
    await asyncio.sleep(0.01)
    reader.gate.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    await busy
    return found


def values(found: list[Any]) -> list[Any]:
    return [each.values if isinstance(each, Answer) else type(each) for each in found]


async def test_each_gets_its_own_part(engine: Engine, reader: Reader) -> None:
    heard: list[Event] = []
    engine.listeners.append(heard.append)
    found = await together(engine, reader, call("a"), call("bb", "ccc"), call("dddd"))
    assert values(found) == [[[1.0]], [[2.0], [3.0]], [[4.0]]]
    assert [each.tokens for each in found] == [1, 5, 4]
    assert [each.together for each in found] == [3, 3, 3]
    assert reader.runs[1:] == [["a", "bb", "ccc", "dddd"]]
    assert [len(each.call.inputs) for each in heard if isinstance(each, Ran)] == [1, 4]


async def test_an_idle_model_waits_for_nobody(engine: Engine, reader: Reader) -> None:
    reader.gate.set()
    for text in ("a", "b"):
        await engine.predict(call(text))
    assert reader.runs == [["a"], ["b"]]
    assert (await engine.predict(call("c"))).together == 1


async def test_other_parameters_go_by_themselves(engine: Engine, reader: Reader) -> None:
    await together(engine, reader, call("a"), call("b", loud=True), call("c"))
    assert reader.runs[1:] == [["a", "c"], ["b"]]


async def test_no_more_than_the_record_allows(engine: Engine, reader: Reader) -> None:
    texts = [str(number) for number in range(MOST + 3)]
    await together(engine, reader, *map(call, texts))
    assert [len(run) for run in reader.runs[1:]] == [MOST, 3]


async def test_clients_take_turns_within_a_batch(engine: Engine, reader: Reader) -> None:
    many = [call(f"a{number}", client="greedy") for number in range(MOST + 2)]
    await together(engine, reader, *many, call("b", client="modest"))
    assert "b" in reader.runs[1]


@pytest.mark.parametrize(("text", "error"), [("bad", InvalidInput), ("deadly", WorkerDied)])
async def test_what_one_call_does_wrong_is_its_own(
    engine: Engine, reader: Reader, text: str, error: type[TaglineError]
) -> None:
    found = await together(engine, reader, call("a"), call(text), call("bb"))
    reader.gate.clear()
    await together(engine, reader, *map(call, "wxyz"))
    assert reader.runs[-1] == ["w", "x", "y", "z"]  # later ones go together again
    assert (found[0].values, found[2].values) == ([[1.0]], [[2.0]])
    assert isinstance(found[1], error)


async def test_a_notice_is_for_whom_it_concerns(engine: Engine, reader: Reader) -> None:
    found = await together(engine, reader, call("a"), call("cut"))
    assert [each.notices for each in found] == [(), ("It was cut.",)]
    assert [each.together for each in found] == [1, 1]  # each was asked by itself in the end
    assert [each.tokens for each in found] == [1, 3]


async def test_tokens_that_nobody_can_share_out(engine: Engine, reader: Reader) -> None:
    reader.rows = False
    found = await together(engine, reader, call("a"), call("bb"))
    assert [each.tokens for each in found] == [1, 2]


async def test_what_is_too_much_at_once_is_not_tried_again(engine: Engine, reader: Reader) -> None:
    found = await together(engine, reader, call("large"), call("b"), call("c"), call("d"))
    assert values(found) == [[[5.0]], [[1.0]], [[1.0]], [[1.0]]]
    before = len(reader.runs)
    reader.gate.clear()
    await together(engine, reader, *map(call, "wxyz"))
    assert [len(run) for run in reader.runs[before + 1 :]] == [2, 2]


async def test_it_stops_when_nobody_waits(engine: Engine, reader: Reader) -> None:
    busy = asyncio.create_task(engine.predict(call(FIRST)))
    await until(lambda: bool(reader.runs))
    asked = [asyncio.create_task(engine.predict(call(text))) for text in "abc"]
    await asyncio.sleep(0.01)
    asked[1].cancel()
    reader.gate.set()
    await busy
    assert values([await asked[0], await asked[2]]) == [[[1.0]], [[1.0]]]
    assert reader.runs[1:] == [["a", "c"]]


async def test_a_stream_goes_by_itself(engine: Engine, reader: Reader) -> None:
    busy = asyncio.create_task(engine.predict(call(FIRST)))
    await until(lambda: bool(reader.runs))
    asked = asyncio.create_task(engine.predict(call("a")))

    async def read() -> list[Any]:
        return [chunk async for chunk in engine.stream(call("s"))]

    streamed = asyncio.create_task(read())
    await asyncio.sleep(0.01)
    reader.gate.set()
    assert await streamed == ["s"]
    await asyncio.gather(busy, asked)
    assert reader.runs[1:] == [["a"], ["s"]]


def test_sizes_are_learned() -> None:
    sizes, one = Sizes(), call("a")
    assert sizes.most(one) == MOST
    for count, seconds in ((1, 1.0), (2, 1.2), (4, 2.0), (8, 9.0)) * TRIES:
        assert sizes.most(one) == MOST
        sizes.note(replace(one, inputs=one.inputs * count), seconds)
    assert sizes.most(one) == 4  # of eight, each takes longer than of four
    sizes.failed(replace(one, inputs=one.inputs * 4))
    assert sizes.most(one) == 2
    assert Sizes().most(replace(one, task=replace(TASK, together=1))) == 1


def test_a_first_run_that_made_things_ready_says_nothing() -> None:
    sizes, one = Sizes(), call("a")
    two = replace(one, inputs=one.inputs * 2)
    for _ in range(9):
        sizes.note(one, 1.0)
    for seconds in (40.0, 1.2, 1.2, 1.2):
        sizes.note(two, seconds)
        assert sizes.most(one) == MOST
    for _ in range(9):
        sizes.note(two, 9.0)
    assert sizes.most(one) == 1


def weighing(much: int) -> Task:
    return replace(TASK, weight=lambda row: much)


def test_an_input_counts_for_what_it_weighs() -> None:
    heavy = replace(call("a"), task=weighing(1_000))
    assert (call("a").weight, heavy.weight) == (1, 1_000)
    sizes = Sizes()
    for weight, seconds in ((1, 1.0), (2, 1.2), (4, 9.0)) * TRIES:
        sizes.note(replace(call("a"), task=weighing(weight)), seconds)
    assert sizes.most(call("a")) == 2


async def test_a_heavy_call_goes_alone(engine: Engine, reader: Reader) -> None:
    """A query with a thousand texts would hold up, and time out, all that went with it."""
    task = replace(TASK, weight=lambda row: 1_000 if row.text == "heavy" else 1)
    asked = [replace(call(text), task=task) for text in ("a", "heavy", "b")]
    await together(engine, reader, *asked)
    assert reader.runs == [[FIRST], ["a", "b"], ["heavy"]]
