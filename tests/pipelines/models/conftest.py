"""A home, a cache and a Hub for each test; nothing of the user's own is seen."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import close_session, constants

from pipelines.models import meter
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from pipelines.surroundings import BORROWED
from tests.pipelines.models.fake_hub import Hub

Make = Callable[..., Models]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting from outside, no request to anybody but the fake Hub, every report of bytes."""
    for name in [n for n in os.environ if n.startswith("TAGLINE_")] + list(BORROWED.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(meter, "INTERVAL", 0.0)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()
    close_session()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The user's own Hugging Face cache."""
    return tmp_path / "hf"


@pytest.fixture
def make(tmp_path: Path, hub: Hub, cache: Path) -> Make:
    """Makes a Models whose settings are the defaults but for those named."""

    def make(**named: Any) -> Models:
        given: dict[str, Any] = {"home": tmp_path / "home", "hub": hub.url}
        return Models(Settings(**(given | named)), cache=cache)

    return make
