"""Real models in real processes: what they answer, what they hold, and how they end."""

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.engine.memory import Memory
from pipelines.engine.processes import Processes, ProcessHost
from pipelines.engine.resident import Resident
from pipelines.engine.starting import Fresh, Zygote
from pipelines.errors import InvalidInput, Unavailable, WorkerDied
from pipelines.hardware import detect, probe
from pipelines.models.resolve import Models
from pipelines.registry import TASKS, for_model
from pipelines.samples import as_raw, of_task
from pipelines.settings import Limits, Settings
from tests.conftest import CHATTER, EMBEDDER, IRIS, LISTENER, ROOT, SEER, STARTERS

pytestmark = pytest.mark.timeout(120)
HARDWARE = detect(probe(), "cpu", "float32")
MB = 1_000_000


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    home = tmp_path_factory.mktemp("models")
    return Models(Settings(home=home, starters_dir=STARTERS, offline=True), home / "cache")


class Lent:
    """The shared zygote, which outlives an engine."""

    def __init__(self, zygote: Zygote) -> None:
        self.start, self.ready = zygote.start, True

    def close(self) -> None:
        pass


@pytest.fixture
async def engine(zygote: Zygote) -> AsyncIterator[Engine]:
    made = Engine(Processes(Lent(zygote), Limits()), HARDWARE)
    yield made
    await made.close()


@pytest.fixture
def call(models: Models) -> Callable[..., Call]:
    def make(name: str, tag: str | None = None, **parameters: Any) -> Call:
        """The model's own task, or another, with its first example."""
        model = models.find(name)
        task = TASKS[tag] if tag else for_model(model)[0]
        body = {"inputs": as_raw(of_task(task)[0].inputs), "parameters": parameters}
        if name == IRIS:
            body["inputs"] = {"data": FLOWERS}
        request = task.read(body, Limits())
        return Call(task, model, request.inputs, request.params)

    return make


FLOWERS = {
    "sepal length (cm)": [5.1], "sepal width (cm)": [3.5],
    "petal length (cm)": [1.4], "petal width (cm)": [0.2],
}  # fmt: skip


def resident(engine: Engine) -> Resident:
    (only,) = engine.residents.values()
    return only


def pid(engine: Engine) -> int:
    host = resident(engine).host
    assert isinstance(host, ProcessHost)
    return host.pid


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# Answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tag", "parameters"),
    [
        (EMBEDDER, "sentence-similarity", {}),
        (EMBEDDER, "zero-shot-classification", {}),
        (SEER, None, {"top_k": 2}),
        (LISTENER, None, {}),
        (IRIS, None, {}),
        (CHATTER, "conversational", {"max_tokens": 4}),
        (CHATTER, "text-generation", {"max_new_tokens": 4, "details": True}),
    ],
)
async def test_a_process_answers_as_this_one_does(
    engine: Engine, call: Callable[..., Call], name: str, tag: str | None, parameters: Any
) -> None:
    asked = call(name, tag, **parameters)
    found = (await engine.predict(asked)).values
    pipe = asked.task.loader(asked.model)(asked.model, HARDWARE)
    here = list(asked.task.run(pipe, asked.inputs, asked.params))
    assert words(found) == words(here)
    assert numbers(found) == pytest.approx(numbers(here), abs=1e-3)


def words(value: Any) -> Any:
    """A result with all its fractions left out, and tuples as lists."""
    if isinstance(value, dict):
        return {key: words(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [words(each) for each in value]
    return None if isinstance(value, float) else value


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict | list | tuple):
        inner = value.values() if isinstance(value, dict) else value
        return [number for each in inner for number in numbers(each)]
    return [value] if isinstance(value, float) else []


async def test_a_batch_comes_back_in_order(engine: Engine, call: Callable[..., Call]) -> None:
    one = call(EMBEDDER, "feature-extraction")
    rows = [one.task.inputs.model_validate({"text": text}) for text in ("a", "b", "a")]
    first, second, third = (await engine.predict(replace(one, inputs=rows))).values
    assert first == pytest.approx(third, abs=1e-4)
    assert first != pytest.approx(second, abs=1e-2)


async def test_chunks_join_to_the_answer(engine: Engine, call: Callable[..., Call]) -> None:
    asked = call(CHATTER, "text-generation", max_new_tokens=6, do_sample=False)
    chunks = [chunk async for chunk in engine.stream(asked)]
    whole = (await engine.predict(asked)).values[0][0]["generated_text"]
    assert chunks[-1]["generated_text"] == whole
    assert "".join(chunk["token"]["text"] for chunk in chunks) == whole


async def test_an_error_of_the_task_is_the_callers(
    engine: Engine, call: Callable[..., Call]
) -> None:
    with pytest.raises(InvalidInput, match="no prompt 'x'"):
        await engine.predict(call(EMBEDDER, "feature-extraction", prompt_name="x"))
    assert (await engine.predict(call(EMBEDDER))).values


async def test_two_cold_callers_share_one_load(
    engine: Engine, call: Callable[..., Call], zygote: Zygote
) -> None:
    before = len(psutil.Process(zygote.process.pid).children())
    await asyncio.gather(*(engine.predict(call(EMBEDDER)) for _ in range(8)))
    assert len(psutil.Process(zygote.process.pid).children()) == before + 1


async def test_a_cold_load_does_not_hold_up_another_model(
    engine: Engine, call: Callable[..., Call]
) -> None:
    await engine.predict(call(IRIS))
    loading = asyncio.create_task(engine.predict(call(CHATTER, max_new_tokens=1)))
    await until(lambda: engine.status(call(CHATTER).model).state == "loading")
    answers = 0
    while engine.status(call(CHATTER).model).state == "loading":
        assert (await engine.predict(call(IRIS))).values
        answers += 1
    assert answers >= 10
    await loading


async def test_a_load_tells_how_far_it_is(engine: Engine, call: Callable[..., Call]) -> None:
    seen = []
    loading = asyncio.create_task(engine.load(call(CHATTER)))
    while not loading.done():
        seen.append(engine.status(call(CHATTER).model))
        await asyncio.sleep(0.01)
    await loading
    told = [each for each in seen if each.state == "loading" and each.done]
    assert told
    assert all(each.done <= each.total for each in told)
    assert told[-1].done > told[0].done


# What a process holds --------------------------------------------------------------------------


async def test_memory_is_measured_and_comes_back(engine: Engine, call: Callable[..., Call]) -> None:
    await engine.load(call(CHATTER))
    process = psutil.Process(pid(engine))
    held = engine.status(call(CHATTER).model).memory
    assert 500 * MB < held < 1_000 * MB  # 135 million weights of four bytes, and their loader
    assert engine.memory.taken == held
    await engine.unload(call(CHATTER).model)
    assert engine.memory.taken == 0
    assert not process.is_running()


async def test_the_next_load_knows_what_the_last_one_took(
    engine: Engine, call: Callable[..., Call]
) -> None:
    foretold = engine.footprints.expect(call(EMBEDDER))
    await engine.load(call(EMBEDDER))
    assert engine.memory.taken >= foretold.bytes  # mapped weights are not in memory yet
    await engine.predict(call(EMBEDDER))
    await until(lambda: engine.memory.taken != foretold.bytes)
    held = engine.status(call(EMBEDDER).model).memory
    await engine.unload(call(EMBEDDER).model)
    measured = engine.footprints.expect(call(EMBEDDER))
    assert measured.bytes == held != foretold.bytes
    assert measured.seconds is not None
    assert (await engine.fit(call(EMBEDDER))).measured


async def measured(zygote: Zygote, calls: list[Call]) -> list[int]:
    """What each model takes on this processor: libraries repack weights as it likes them."""
    engine = Engine(Processes(Lent(zygote), Limits()), HARDWARE)
    for each in calls:
        await engine.predict(each)
    sizes = [engine.status(each.model).memory for each in calls]
    await engine.close()
    return sizes


async def test_several_models_through_a_small_room(
    zygote: Zygote, call: Callable[..., Call]
) -> None:
    """Not all of them fit at a time: they take turns, and nobody is refused."""
    calls = [call(EMBEDDER), call(LISTENER), call(SEER)]
    sizes = await measured(zygote, calls)
    room = Memory[Any]([sum(sizes) - min(sizes) // 2])
    engine = Engine(Processes(Lent(zygote), Limits()), HARDWARE, memory=room)
    for each in calls * 2:
        assert (await engine.predict(each)).values
        await until(lambda: room.taken <= room.size)
    answers = await asyncio.gather(*map(engine.predict, calls))
    assert all(answer.values for answer in answers)
    await engine.close()


async def test_a_worker_has_no_page_and_no_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: Callable[..., Call]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITNESS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("WITNESS", str(tmp_path / "seen"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    zygote = Zygote()
    engine = Engine(Processes(zygote, Limits()), HARDWARE)
    await engine.predict(call(EMBEDDER))
    environ = psutil.Process(pid(engine)).environ()
    assert "HF_TOKEN" not in environ
    assert environ["HF_HUB_OFFLINE"] == "1"
    await engine.close()
    imported = set((tmp_path / "seen").read_text().split())
    assert "torch" in imported
    assert not {"gradio", "fastapi", "uvicorn"} & imported


WITNESS = """
import os, sys

def note(event, arguments):
    if event == "import" and "." not in arguments[0]:
        with open(os.environ["WITNESS"], "a") as file:
            print(arguments[0], file=file)

sys.addaudithook(note)
"""


# Kill -9 ---------------------------------------------------------------------------------------


async def test_killed_while_idle(engine: Engine, call: Callable[..., Call]) -> None:
    await engine.predict(call(EMBEDDER))
    os.kill(pid(engine), signal.SIGKILL)
    await until(lambda: engine.status(call(EMBEDDER).model).state == "cold")
    assert engine.memory.taken == 0
    assert (await engine.predict(call(EMBEDDER))).values


async def test_killed_while_loading(
    engine: Engine, call: Callable[..., Call], zygote: Zygote
) -> None:
    asking = asyncio.create_task(engine.predict(call(CHATTER, max_new_tokens=1)))
    await until(lambda: bool(engine.residents) and engine.status(call(CHATTER).model).done > 0)
    for child in psutil.Process(zygote.process.pid).children():
        child.kill()
    assert (await asking).values


async def test_killed_in_the_middle_of_a_call(engine: Engine, call: Callable[..., Call]) -> None:
    asking = asyncio.create_task(engine.predict(call(CHATTER, max_new_tokens=20)))
    await until(lambda: engine.status(call(CHATTER).model).state == "busy")
    first = pid(engine)
    os.kill(first, signal.SIGKILL)
    assert (await asking).values
    assert pid(engine) != first


async def test_killed_in_the_middle_of_a_stream(engine: Engine, call: Callable[..., Call]) -> None:
    async with aclosing(engine.stream(call(CHATTER, max_new_tokens=500))) as chunks:
        await anext(chunks)
        os.kill(pid(engine), signal.SIGKILL)
        with pytest.raises(WorkerDied):
            [chunk async for chunk in chunks]
    assert (await engine.predict(call(CHATTER, max_new_tokens=1))).values


async def test_a_killed_zygote_is_replaced(call: Callable[..., Call]) -> None:
    zygote = Zygote()
    engine = Engine(Processes(zygote, Limits()), HARDWARE)
    await engine.predict(call(IRIS))
    worker, first = pid(engine), zygote.process.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: not alive(worker))
    assert (await engine.predict(call(IRIS))).values
    assert zygote.process.pid != first
    await engine.close()


async def test_without_files_to_open_nothing_dies(
    engine: Engine, call: Callable[..., Call], zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.predict(call(IRIS))

    def too_many() -> Any:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socketpair", too_many)
    with pytest.raises(Unavailable, match="Too many open files"):
        await engine.predict(call(SEER))
    monkeypatch.undo()
    assert zygote.process.poll() is None
    assert (await engine.predict(call(IRIS))).values


# Cancelling ------------------------------------------------------------------------------------


async def test_a_closed_stream_frees_the_model(engine: Engine, call: Callable[..., Call]) -> None:
    stream = engine.stream(call(CHATTER, max_new_tokens=5_000))
    await anext(stream)
    first = pid(engine)
    await stream.aclose()
    assert (await engine.predict(call(CHATTER, max_new_tokens=1))).values
    assert pid(engine) == first


async def test_a_whole_answer_that_nobody_waits_for_is_not_written(
    engine: Engine, call: Callable[..., Call]
) -> None:
    hasty = asyncio.create_task(engine.predict(call(CHATTER, max_new_tokens=5_000)))
    await until(lambda: engine.status(call(CHATTER).model).state == "busy")
    first = pid(engine)
    hasty.cancel()
    with suppress(asyncio.CancelledError):
        await hasty
    assert (await engine.predict(call(CHATTER, max_new_tokens=1))).values
    assert pid(engine) == first


# Where they start ------------------------------------------------------------------------------


async def test_a_fresh_interpreter_does_as_well(call: Callable[..., Call]) -> None:
    fresh = Fresh()
    engine = Engine(Processes(fresh, Limits()), HARDWARE)
    assert (await engine.predict(call(IRIS))).values
    first = pid(engine)
    os.kill(first, signal.SIGKILL)
    await until(lambda: not alive(first))
    assert (await engine.predict(call(IRIS))).values
    last = pid(engine)
    await engine.close()
    assert not alive(last)


def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, program],
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME_OF_MODELS": str(STARTERS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == "ready\n"
        family = psutil.Process(parent.pid).children(recursive=True)
        assert len(family) == 2  # the zygote and a worker that computes
        parent.kill()
    _, left = psutil.wait_procs(family, timeout=20)
    assert left == []


PARENT = textwrap.dedent("""
    import asyncio, os
    from pathlib import Path
    from pipelines.engine.call import Call
    from pipelines.engine.engine import Engine
    from pipelines.engine.processes import Processes
    from pipelines.engine.starting import Zygote
    from pipelines.hardware import detect, probe
    from pipelines.models.resolve import Models
    from pipelines.registry import TASKS
    from pipelines.settings import Limits, Settings

    async def main():
        folder = Path(os.environ["HOME_OF_MODELS"])
        models = Models(Settings(home="/nonexistent", starters_dir=folder, offline=True), folder)
        engine = Engine(Processes(Zygote(), Limits()), detect(probe(), "cpu"))
        task = TASKS["text-generation"]
        asked = {"inputs": "Once", "parameters": {"max_new_tokens": 5_000}}
        request = task.read(asked, Limits())
        model = models.find("HuggingFaceTB/SmolLM2-135M-Instruct")
        async for _ in engine.stream(Call(task, model, request.inputs, request.params)):
            print("ready", flush=True)

    asyncio.run(main())
""")


# Again and again -------------------------------------------------------------------------------


@pytest.mark.timeout(300)
async def test_sixty_stays_leave_nothing_behind(
    engine: Engine, call: Callable[..., Call], zygote: Zygote
) -> None:
    family = [psutil.Process(), psutil.Process(zygote.process.pid)]
    held: list[int] = []
    files: list[int] = []
    for cycle in range(60):
        await engine.load(call(SEER))
        await engine.unload(call(SEER).model)
        if cycle >= 20:  # by then whatever grows once has grown
            held.append(sum(each.memory_info().rss for each in family))
            files.append(sum(each.num_fds() for each in family))
    assert engine.memory.taken == 0
    assert files[-1] == files[0]
    assert statistics.linear_regression(range(len(held)), held).slope < 40_000  # bytes a stay
