"""Replicas in processes of their own, called over HTTP under load: what is lost is counted."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.api.endpoint_server import Running, running
from tests.conftest import EMBEDDER, Server

SECONDS = 120
CLIENTS = 8
BODY = {"inputs": {"source_sentence": "A fox", "sentences": ["A dog", "A fox"]}}
HANDLER = """
import os

class EndpointHandler:
    def __init__(self, path=""):
        self.read = os.environ.get("TOLD"), os.environ.get("HUSH")

    def __call__(self, data):
        print(f"asked for {data['inputs']}")
        return [{"generated_text": f"{self.read[0]} {self.read[1]} {os.getpid()}"}]
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("load")
    folder = home / "models" / "org" / "own-code"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text(HANDLER)
    (folder / "README.md").write_text("---\npipeline_tag: text-generation\n---\n")
    models, trusted = (home / "models",), ("org/own-code",)
    with running(
        home, None, proxied=False, real=True, models_dir=models, trusted_code=trusted
    ) as found:
        yield found


def ask(server: Server | Running, method: str, path: str = "", **given: Any) -> Any:
    url = f"{server.url}/v2/endpoint/here{path}"
    answer = httpx.request(method, url, timeout=SECONDS, **given)
    answer.raise_for_status()
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


def make(server: Server | Running, name: str, model: str, replicas: int, **ours: Any) -> None:
    scaling = {"min_replicas": replicas, "max_replicas": replicas}
    body = {"name": name, "type": "public", "tagline": {"model": model, "scaling": scaling, **ours}}
    ask(server, "POST", json=body)
    until(server, name, replicas)


def known(server: Server) -> None:
    """Returns when the server looks after the endpoints: one that was killed still holds them for a
    few seconds."""
    end = time.monotonic() + 60
    while httpx.get(f"{server.url}/v2/endpoint/here", timeout=60).status_code == 503:
        assert time.monotonic() < end
        time.sleep(0.2)


def until(server: Server | Running, name: str, replicas: int, version: int | None = None) -> None:
    """So many replicas run, and no others; all of that version."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = ask(server, "GET", f"/{name}")
        there = found["tagline"]["replicas"]
        running = [each for each in there if each["state"] == "running"]
        versions = {each["version"] for each in there}
        right = version is None or versions == {version}
        if len(there) == len(running) == replicas and right:
            return
        time.sleep(0.2)
    raise AssertionError(found)


class Load:
    """Clients that call again and again, each as soon as it has its answer."""

    def __init__(self, server: Server | Running, name: str) -> None:
        self.url = f"{server.url}/endpoints/{name}"
        self.seen: Counter[str] = Counter()
        self.over = False

    async def __aenter__(self) -> "Load":
        self.client = httpx.AsyncClient(timeout=SECONDS)
        self.clients = [asyncio.create_task(self.call()) for _ in range(CLIENTS)]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.over = True
        await asyncio.gather(*self.clients)
        await self.client.aclose()

    async def call(self) -> None:
        while not self.over:
            try:
                answer = await self.client.post(self.url, json=BODY)
                self.seen[str(answer.status_code)] += 1
            except httpx.HTTPError as error:
                self.seen[type(error).__name__] += 1

    async def reach(self, count: int) -> None:
        """Returns when so many calls have been answered in all."""
        async with asyncio.timeout(SECONDS * 2):
            while self.seen.total() < count:
                await asyncio.sleep(0.05)

    def told(self, what: str) -> None:
        lost = self.seen.total() - self.seen["200"]
        print(f"\n{what}: {lost} lost of {self.seen.total()} calls ({dict(self.seen)})")


def workers() -> list[int]:
    """The processes that hold models: those that the fork server has begun."""
    everyone = [each for each in psutil.Process().children() if "zygote" in str(each.cmdline())]
    return [each.pid for zygote in everyone for each in zygote.children()]


@pytest.mark.timeout(600)
async def test_no_call_is_lost_by_rolling_updates(served: Running) -> None:
    make(served, "rolling", EMBEDDER, 2)
    async with Load(served, "rolling") as load:
        for version in (2, 3, 4):
            before = load.seen.total()
            change = {"tagline": {"env": {"TURN": str(version)}}}
            await asyncio.to_thread(ask, served, "PUT", "/rolling", json=change)
            await asyncio.to_thread(until, served, "rolling", 2, version)
            await load.reach(before + 300)
        await load.reach(2000)
    load.told("3 rolling updates of 2 replicas")
    assert set(load.seen) == {"200"}
    ask(served, "DELETE", "/rolling")


@pytest.mark.timeout(600)
async def test_no_call_is_lost_when_replicas_are_killed(served: Running) -> None:
    make(served, "killed", EMBEDDER, 2)
    await asyncio.to_thread(gone_but, 2)
    async with Load(served, "killed") as load:
        for turn in range(1, 6):
            await load.reach(turn * 300)
            os.kill(workers()[turn % 2], signal.SIGKILL)
            await asyncio.to_thread(until, served, "killed", 2)
        await load.reach(2000)
    load.told("5 kills of one of 2 replicas")
    assert set(load.seen) == {"200"}
    replicas = ask(served, "GET", "/killed")["tagline"]["replicas"]
    assert sum(each["restarts"] for each in replicas) == 5
    ask(served, "DELETE", "/killed")


def gone_but(count: int) -> None:
    """Waits until those of other tests have left."""
    end = time.monotonic() + SECONDS
    while len(workers()) != count:
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.timeout(600)
async def test_one_replica_that_is_killed_is_waited_for(served: Running) -> None:
    make(served, "lonely", EMBEDDER, 1)
    await asyncio.to_thread(gone_but, 1)
    async with Load(served, "lonely") as load:
        for turn in range(1, 4):
            await load.reach(turn * 40)
            os.kill(workers()[0], signal.SIGKILL)
            await load.reach(turn * 40 + 20)
    load.told("3 kills of the only replica")
    assert set(load.seen) == {"200"}
    ask(served, "DELETE", "/lonely")


@pytest.mark.timeout(300)
def test_its_own_code_has_its_environment_and_its_log(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"HUSH": "a-secret"}
    body = {"name": "own", "type": "public", "model": {
        "repository": "org/own-code", "env": {"TOLD": "a-word"}, "secrets": secrets}}  # fmt: skip
    ask(served, "POST", json=body)
    until(served, "own", 1)
    said = httpx.post(f"{served.url}/endpoints/own", json={"inputs": "x"}, timeout=SECONDS).json()
    assert said[0]["generated_text"].startswith("a-word a-secret ")
    shared = httpx.post(
        f"{served.url}/models/org/own-code", json={"inputs": "x"}, timeout=SECONDS
    ).json()
    assert shared[0]["generated_text"].startswith("None None ")
    log = ask(served, "GET", "/own/logs")
    assert "printed: asked for x" in log
    assert "answered" in log
    assert "a-secret" not in log
    assert "a-secret" not in str(ask(served, "GET", "/own"))
    changed = ask(served, "PUT", "/own", json={"model": {"env": {"TOLD": "another"}}})
    until(served, "own", 1, changed["tagline"]["version"])
    said = httpx.post(f"{served.url}/endpoints/own", json={"inputs": "x"}, timeout=SECONDS).json()
    assert said[0]["generated_text"].startswith("another a-secret ")
    ask(served, "DELETE", "/own")
    ask(served, "POST", json=body)
    assert "asked for" not in ask(served, "GET", "/own/logs")  # it is another one
    ask(served, "DELETE", "/own")


@pytest.mark.timeout(300)
def test_endpoints_come_back_with_the_server(tmp_path: Path) -> None:
    first = Server(tmp_path).wait()
    make(first, "kept", EMBEDDER, 1)
    ask(first, "POST", json={"name": "off", "model": {"repository": EMBEDDER}})
    ask(first, "POST", "/off/pause")
    ask(first, "POST", json={"name": "slept", "type": "public", "model": {"repository": EMBEDDER}})
    ask(first, "POST", "/slept/scale-to-zero")
    time.sleep(3)
    first.process.kill()  # it can write down nothing more
    first.process.wait()
    second = Server(tmp_path).wait()
    try:
        known(second)
        until(second, "kept", 1)
        states = {each["name"]: each["status"]["state"] for each in ask(second, "GET")["items"]}
        assert states == {"kept": "running", "off": "paused", "slept": "scaledToZero"}
        answer = httpx.post(f"{second.url}/endpoints/slept", json=BODY, timeout=SECONDS)
        assert answer.status_code == 200
    finally:
        second.stop()
