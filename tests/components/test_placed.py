"""On ZeroGPU the model is in this process, on its GPU, before the page is launched."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from components import launch
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.inference import Inference
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from tests.conftest import IRIS, STARTERS, free_port
from tests.pipelines.fakes import HARDWARE, Library

ZERO = replace(HARDWARE, tier="zero-a10g", device="cuda")


class Launched(Exception):
    pass


class Page:
    """Blocks as far as they are launched; real ones leave event loops open."""

    def __init__(self, library: Library) -> None:
        self.library, self.seen = library, ["never launched"]
        self._queue = SimpleNamespace()

    def queue(self, **given: Any) -> None:
        pass

    def launch(self, **given: Any) -> None:
        self.seen = list(self.library.loads)
        raise Launched


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path, starters_dir=STARTERS, offline=True, model=IRIS, demo=True, pinned=(IRIS,),
        port=free_port(),
    )  # fmt: skip


def launched(settings: Settings, tier: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What had been loaded when the page was launched on this hardware."""
    library = Library()
    page = Page(library)
    monkeypatch.setattr(launch, "build_page", lambda *given: page)
    monkeypatch.setattr(launch, "build_api", lambda *given: FastAPI())
    engine = Engine(Inline(load=library.load), replace(ZERO, tier=tier))
    made = launch.Serving(Inference(Models(settings), engine, Limits()), settings)
    with pytest.raises(Launched):
        made.start()
    return page.seen


def test_before_the_launch(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert launched(settings, "zero-a10g", monkeypatch) == [IRIS]
    assert launched(settings, "t4-small", monkeypatch) == []


def test_a_model_that_cannot_be_placed_stops_nobody(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = settings.model_copy(update={"pinned": ("no id",)})
    assert launched(asked, "zero-a10g", monkeypatch) == []
    assert "no id cannot be placed" in caplog.text


async def test_what_was_placed_is_not_loaded_again() -> None:
    library = Library()
    placement = Inline(load=library.load)
    engine = Engine(placement, HARDWARE)
    call = library.call()
    placement.place(call, HARDWARE)
    assert (await engine.predict(call)).values == [[4.0]]
    assert library.loads == ["org/a"]
    await engine.predict(library.call("b"))
    assert library.loads == ["org/a", "org/b"]
    await engine.close()
