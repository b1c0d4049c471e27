"""Which engine a machine gets."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.engine import build, starting
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.engine.processes import Processes
from pipelines.engine.starting import Fresh
from pipelines.probe import Gpu
from pipelines.settings import Settings
from tests.pipelines.fakes import HARDWARE, Library

ZERO = replace(HARDWARE, tier="zero-a10g", device="cuda")
GPU = Gpu("NVIDIA L4", 24 * 10**9, (8, 9), "GPU-1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, offline=True)


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the `spaces` package was asked for: which function, for how many seconds."""
    calls: list[tuple[str, int]] = []

    def gpu(duration: Callable[..., int]) -> Callable[[Any], Any]:
        def decorate(work: Any) -> Any:
            def lending(*given: Any) -> Any:
                calls.append((work.__name__, duration(*given)))
                return work(*given)

            return lending

        return decorate

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    return calls


def test_a_process_for_each_model(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "starter", Fresh)
    assert isinstance(build.placement(HARDWARE, settings), Processes)


def test_no_fork_where_forking_is_unsafe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert isinstance(starting.starter(), Fresh)


async def test_zerogpu_lends_a_gpu_for_each_call(
    settings: Settings, lent: list[tuple[str, int]]
) -> None:
    placement = build.placement(ZERO, settings)
    assert isinstance(placement, Inline)
    library = Library()
    placement.load = library.load
    engine = Engine(placement, ZERO)
    call = replace(library.call(), task=replace(library.task(), gpu_seconds=7))
    assert (await engine.predict(call)).values == [[4.0]]
    assert [chunk async for chunk in engine.stream(call)] == list("word")
    assert lent == [("run", 7), ("stream", 7)]
    await engine.close()


def test_the_room_that_a_machine_has(settings: Settings) -> None:
    main = build.memory(HARDWARE, settings)
    assert 0 < main.size < HARDWARE.memory
    assert main.free()[0] <= main.size  # other programs are counted
    two = build.memory(replace(HARDWARE, device="cuda", gpus=(GPU, GPU)), settings)
    assert len(two.sizes) == 2
    assert two.free() == list(two.sizes)


def test_the_room_that_the_operator_gives(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, memory_gb=2)
    assert build.memory(HARDWARE, settings).sizes == (2_000_000_000,)


def test_the_settings_reach_the_engine(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, load_seconds=1, call_seconds=2, room_seconds=3, idle_seconds=4, max_waiting=5
    )
    memory = build.memory(HARDWARE, settings)
    made = build.engine(Inline(), HARDWARE, memory, settings, Engine(Inline(), HARDWARE).house.hold)
    rules = made.rules
    assert (rules.load_seconds, rules.call_seconds, rules.room_seconds) == (1, 2, 3)
    assert (rules.idle_seconds, rules.most_waiting) == (4, 5)
    assert made.footprints.path == tmp_path / "footprints.json"
