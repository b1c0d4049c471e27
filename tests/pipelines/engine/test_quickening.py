"""A faster way is looked for beside the model that answers, and taken between two calls."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.acceleration.decision import PLAIN, Decision, folder, read, write
from pipelines.engine import quickening
from pipelines.engine.call import Call, Host, Place
from pipelines.engine.engine import Engine
from pipelines.engine.footprints import Footprints
from pipelines.engine.memory import Memory
from pipelines.engine.quickening import ROOM, alone
from pipelines.engine.rooms import Tenant
from pipelines.errors import ModelFailed, WorkerDied
from tests.pipelines.fakes import HARDWARE, Library, until

pytestmark = pytest.mark.timeout(60)
WAY = Decision("openvino-f32", 3.0, 1e-7)
WORDS = "OpenVINO f32, 3.0x, max difference 1e-07"
SIZE = 100


@dataclass
class Runner:
    """A model: the first is asked, later ones prove. `fails` is raised by a proof, `refuses` by who
    is to go on by what was found."""

    theatre: "Theatre"
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    memory: int = SIZE
    way: str = ""

    async def run(self, call: Call, threads: int) -> list[Any]:
        await self.theatre.gate.wait()
        if self.way and self.theatre.deadly:
            self.ended.set()
            raise WorkerDied("died")
        self.theatre.ways.append(self.way)
        call.plain.append(self.theatre.plain)
        return [[1.0] for _ in call.inputs]

    async def prove(self, call: Call, place: str, wanted: str) -> None:
        self.theatre.proofs.append(wanted)
        if self.theatre.fails:
            raise self.theatre.fails
        write(Path(place), self.theatre.finds)

    async def adopt(self, call: Call, place: str, name: str) -> int:
        if self.theatre.refuses:
            if isinstance(self.theatre.refuses, WorkerDied):
                self.ended.set()
            raise self.theatre.refuses
        self.way = name
        return self.theatre.at_once

    async def stream(self, call: Call, threads: int) -> AsyncIterator[Any]:
        yield 1

    async def close(self) -> None:
        self.ended.set()
        self.theatre.closed += 1


class Theatre:
    """A placement of Runners."""

    ready = True

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.started = self.closed = 0
        self.ways: list[str] = []
        self.proofs: list[str] = []
        self.finds = WAY
        self.fails: Exception | None = None
        self.refuses: Exception | None = None
        self.at_once = 1
        self.plain = False
        self.deadly = False  # whether a model dies of going by the faster way

    async def start(self, *given: Any) -> Host:
        self.started += 1
        return Runner(self)  # type: ignore[return-value]

    async def close(self) -> None:
        pass

    def engine(self, home: Path, wanted: str = "auto", room: int = 10 * ROOM * SIZE) -> Engine:
        memory: Memory[Tenant] = Memory([room])
        footprints = Footprints(HARDWARE, predict=lambda folder, dtype: SIZE)
        return Engine(
            self, HARDWARE, None, memory, footprints, ways=home, acceleration=wanted
        )  # fmt: skip


@pytest.fixture
def theatre() -> Theatre:
    return Theatre()


CALL = replace(Library().call(), task=replace(Library().task("one"), stream=None))


async def asked(engine: Engine, call: Call = CALL) -> str:
    return (await engine.predict(replace(call, plain=[], backends=[]))).backend


async def settled(engine: Engine) -> None:
    """When the search has ended, and what it found is taken."""
    (resident,) = engine.residents.values()
    await until(lambda: resident.way.search is not None and resident.way.search.done())
    await until(lambda: resident.way.found is None)
    await asyncio.sleep(0.01)


async def test_the_second_answer_comes_by_it(theatre: Theatre, tmp_path: Path) -> None:
    engine = theatre.engine(tmp_path)
    assert await asked(engine) == ""
    await settled(engine)
    assert await asked(engine) == WORDS
    assert theatre.ways == ["", "openvino-f32"]
    assert (theatre.started, theatre.closed, theatre.proofs) == (2, 1, ["auto"])
    assert await asked(engine) == WORDS
    assert theatre.started == 2  # nobody looks again
    theatre.plain = True
    assert await asked(engine) == ""  # as torch did this one
    await engine.close()


async def test_sizes_are_learned_anew_for_it(theatre: Theatre, tmp_path: Path) -> None:
    engine = theatre.engine(tmp_path)
    await asked(engine)
    (resident,) = engine.residents.values()
    by_torch = resident.desk.sizes
    await settled(engine)
    assert by_torch.tries.total() == 1
    assert resident.desk.sizes is not by_torch
    await asked(engine)
    await until(lambda: resident.desk.sizes.tries.total() == 1)
    assert by_torch.tries.total() == 1
    await engine.close()


async def test_a_stream_tells_it_too(theatre: Theatre, tmp_path: Path) -> None:
    engine = theatre.engine(tmp_path)
    await asked(engine)
    await settled(engine)
    call = replace(CALL, task=Library().task("one"), backends=[], plain=[])
    assert [chunk async for chunk in engine.stream(call)] == [1]
    assert call.backends == [WORDS]
    await engine.close()


async def test_what_is_known_needs_no_proof(theatre: Theatre, tmp_path: Path) -> None:
    write(folder(tmp_path, CALL.task, CALL.model, HARDWARE) / "auto", WAY)
    engine = theatre.engine(tmp_path)
    await asked(engine)
    await settled(engine)
    assert await asked(engine) == WORDS
    assert theatre.started == 1
    await engine.close()


@pytest.mark.parametrize("error", [WorkerDied("died"), ModelFailed("no")], ids=["died", "failed"])
async def test_a_proof_that_fails_is_not_tried_at_each_start(
    theatre: Theatre, tmp_path: Path, error: Exception
) -> None:
    theatre.fails = error
    place = folder(tmp_path, CALL.task, CALL.model, HARDWARE) / "auto"
    (place / "half").mkdir(parents=True)  # of a graph, say
    for _ in range(2):
        engine = theatre.engine(tmp_path)
        await asked(engine)
        await settled(engine)
        assert await asked(engine) == ""
        await engine.close()
    assert len(theatre.proofs) == 1
    found = read(place)
    assert found is not None
    assert (found.name, found.tried[0].why) == (PLAIN, str(error))
    assert not (place / "half").exists()


async def test_a_way_that_cannot_be_taken_is_left(theatre: Theatre, tmp_path: Path) -> None:
    theatre.refuses = ModelFailed("no")
    engine = theatre.engine(tmp_path)
    await asked(engine)
    await settled(engine)
    assert await asked(engine) == ""
    await engine.close()


@pytest.mark.parametrize("when", ["as it is taken", "as it is gone by"])
async def test_a_way_that_kills_is_not_taken_again(
    theatre: Theatre, tmp_path: Path, when: str
) -> None:
    theatre.deadly = True
    if when == "as it is taken":
        theatre.refuses = WorkerDied("died")
    engine = theatre.engine(tmp_path)
    await asked(engine)
    (resident,) = engine.residents.values()
    await until(lambda: resident.way.search is not None and resident.way.search.done())
    assert await asked(engine) == ""  # tried again by torch, in a new process
    assert theatre.ways == ["", ""]
    assert theatre.started == 3  # the model, its proof, the model anew
    await asyncio.sleep(0.05)
    assert await asked(engine) == ""
    assert (theatre.started, len(theatre.proofs)) == (3, 1)
    await engine.close()


@pytest.mark.parametrize(("wanted", "room"), [("off", 10_000), ("auto", ROOM * SIZE)])
async def test_when_none_is_looked_for(
    theatre: Theatre, tmp_path: Path, wanted: str, room: int
) -> None:
    engine = theatre.engine(tmp_path, wanted, room)
    await asked(engine)
    await asyncio.sleep(0.05)
    assert await asked(engine) == ""
    assert theatre.proofs == []
    await engine.close()


async def test_a_full_disk_takes_no_graph(
    theatre: Theatre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = theatre.engine(tmp_path / "no" / "such")
    monkeypatch.setattr(quickening, "free_on_disk", lambda home: ROOM * SIZE)
    assert await asked(engine) == ""
    await settled(engine)
    assert not theatre.proofs
    await engine.close()
    monkeypatch.undo()
    assert quickening.free_on_disk(tmp_path / "no" / "such") > 0


async def test_who_leaves_meanwhile_takes_the_proof_along(theatre: Theatre, tmp_path: Path) -> None:
    engine = theatre.engine(tmp_path)
    await asked(engine)
    await engine.close()
    await asyncio.sleep(0.01)
    assert theatre.closed == theatre.started


def at_place(wanted: str, **more: Any) -> Call:
    return replace(CALL, place=Place("one", acceleration=wanted, **more))


@pytest.mark.parametrize(("server", "place"), [("off", "openvino-f32"), ("auto", "openvino-f32")])
async def test_a_place_of_its_own_says_which_way_is_tried(
    theatre: Theatre, tmp_path: Path, server: str, place: str
) -> None:
    engine = theatre.engine(tmp_path, server)
    await asked(engine, at_place(place))
    await settled(engine)
    assert await asked(engine, at_place(place)) == WORDS
    assert theatre.proofs == [place]
    await engine.close()


async def test_a_place_of_its_own_may_want_none(theatre: Theatre, tmp_path: Path) -> None:
    engine = theatre.engine(tmp_path)
    await asked(engine, at_place("off"))
    await asyncio.sleep(0.05)
    assert await asked(engine, at_place("off")) == ""
    assert theatre.proofs == []
    await engine.close()


async def test_what_was_found_for_fewer_threads_is_apart(theatre: Theatre, tmp_path: Path) -> None:
    write(folder(tmp_path, CALL.task, CALL.model, replace(HARDWARE, threads=1)) / "auto", WAY)
    engine = theatre.engine(tmp_path)
    await asked(engine, at_place("auto", threads=1))
    await settled(engine)
    assert theatre.proofs == []
    await engine.close()


async def test_another_process_that_proves_is_waited_for(theatre: Theatre, tmp_path: Path) -> None:
    place = folder(tmp_path, CALL.task, CALL.model, HARDWARE) / "auto"
    engine = theatre.engine(tmp_path)
    async with alone(place):
        await asked(engine)
        await asyncio.sleep(0.05)
        assert theatre.proofs == []
        write(place, WAY)
    await settled(engine)
    assert await asked(engine) == WORDS
    assert theatre.proofs == []
    await engine.close()


async def test_a_folder_that_takes_no_file_is_no_trouble(theatre: Theatre, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    engine = theatre.engine(tmp_path / "file")
    await asked(engine)
    await settled(engine)
    assert await asked(engine) == ""
    await engine.close()
