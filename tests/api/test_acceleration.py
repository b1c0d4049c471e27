"""A server whose models may go by faster ways: it says by which, and its answers stay the same."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.api.wire import SECONDS
from tests.conftest import EMBEDDER, Server

PATIENCE = 240  # seconds for a proof, on a machine that does much else
PATH = f"/models/{EMBEDDER}/pipeline/feature-extraction"
TEXTS = ["A fox", "The quick brown fox jumps over the lazy dog, again and again."]


def asked(server: Server) -> httpx.Response:
    return httpx.post(server.url + PATH, json={"inputs": TEXTS}, timeout=SECONDS)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("quick")
    running = Server(home, TAGLINE_ACCELERATION="openvino-f32").wait()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("plain"), TAGLINE_ACCELERATION="off").wait()
    yield running
    running.stop()


def found(server: Server, seconds: float) -> httpx.Response:
    """The first answer that came by another way than torch, else the last one."""
    until = time.monotonic() + seconds
    while "x-compute-backend" not in (answer := asked(server)).headers and time.monotonic() < until:
        time.sleep(0.3)
    return answer


def test_the_first_answer_waits_for_nothing_and_later_ones_are_the_same(
    quick: Server, plain: Server
) -> None:
    first = asked(quick)
    assert "x-compute-backend" not in first.headers
    later = found(quick, PATIENCE)
    assert later.headers["x-compute-backend"].startswith("OpenVINO f32, ")
    assert "max difference" in later.headers["x-compute-backend"]
    for mine, others in zip(later.json(), asked(plain).json(), strict=True):
        assert mine == pytest.approx(others, abs=1e-4)
    assert "x-compute-backend" not in asked(plain).headers
