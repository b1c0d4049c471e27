"""A demo of one model has no endpoints, whatever its database holds."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from store.database import connect
from store.lease import Lease
from tests.api.wire import SECONDS
from tests.conftest import EMBEDDER, Server

BODY = {"inputs": "hello"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a server that had an endpoint."""
    folder = tmp_path_factory.mktemp("demo")
    with serving(folder) as url:
        body = {"name": "words", "tagline": {"model": EMBEDDER, "access": {"level": "public"}}}
        made = httpx.post(f"{url}/v2/endpoint/me", json=body, timeout=SECONDS)
        assert made.status_code == 201
        asked = httpx.post(f"{url}/endpoints/words", json=BODY, timeout=SECONDS)
        assert asked.status_code == 200
    return folder


@contextmanager
def serving(home: Path, *options: str) -> Iterator[str]:
    server = Server(home, *options).wait()
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[str]:
    with serving(home, "--demo", "--model", EMBEDDER) as url:
        yield url


@pytest.mark.parametrize("path", ["", "/health", "/info", "/v1/embeddings", "/pipeline/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_answers_for_one(demo: str, method: str, path: str) -> None:
    url = f"{demo}/endpoints/words{path}"
    said = httpx.request(method, url, json=BODY, timeout=SECONDS)
    assert said.status_code in (404, 405), said.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/endpoint/me"), ("POST", "/v2/endpoint/me"),
        ("DELETE", "/v2/endpoint/me/words"), ("POST", "/v2/endpoint/me/words/pause"),
        ("GET", "/v2/endpoint/me/words/logs"),
        ("GET", "/v2/provider/me"), ("GET", "/v2/audit/me"), ("GET", "/endpoints"),
        ("GET", "/endpoints/"),
    ],
)  # fmt: skip
def test_none_is_managed_and_no_page_lists_any(demo: str, method: str, path: str) -> None:
    said = httpx.request(method, demo + path, timeout=SECONDS)
    assert said.status_code == 404
    assert "words" not in said.text.replace("/words", "")


def test_the_model_answers_and_no_replica_runs(demo: str, home: Path) -> None:
    said = httpx.post(f"{demo}/models/{EMBEDDER}", json=BODY, timeout=SECONDS)
    assert said.status_code == 200
    held = httpx.get(f"{demo}/status", timeout=SECONDS).json()["models"]
    assert [each["model"] for each in held] == [EMBEDDER]
    assert "endpoint=" not in httpx.get(f"{demo}/metrics", timeout=SECONDS).text
    engine = connect(f"sqlite:///{home}/home/tagline.db")
    # It looks after none, so that another server on this database may.
    assert asyncio.run(asyncio.to_thread(Lease(engine, "endpoints", "a test", 10).take))
    engine.dispose()
