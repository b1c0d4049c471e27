"""Calls that go on while something is done to what answers them, and what became of each."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from endpoints.engines import Deployment
from endpoints.ray.engine import RayEngine
from endpoints.spec import read
from endpoints.status import Status
from pipelines import registry
from pipelines.engine.call import Call
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from tests.conftest import STARTERS

WAIT_SECONDS = 240  # on a machine that does much else


def deployment(name: str, model: str, version: int = 1, **more: Any) -> Deployment:
    asleep = more.pop("asleep", False)
    secrets = more.pop("secrets", {})
    spec = read({"name": name, "model": model, "engine": "ray", "secrets": [*secrets], **more})
    models = Models(Settings(host="127.0.0.1", starters_dir=STARTERS))
    return Deployment(spec, version, models.find(model), asleep, secrets)


def call(of: Deployment, inputs: Any = "How are you?", **params: Any) -> Call:
    assert of.model
    task = registry.choose(of.model, of.spec.task)
    asked = task.read({"inputs": inputs, "parameters": params}, Limits())
    return Call(task, of.model, asked.inputs, asked.params)


async def until(engine: RayEngine, name: str, right: Callable[[Status], bool]) -> float:
    """The seconds until its status is right. Fails with the status where it never is."""
    start, seen = time.monotonic(), None
    while time.monotonic() - start < WAIT_SECONDS:
        seen = (await engine.status())[name]
        if right(seen):
            return time.monotonic() - start
        await asyncio.sleep(0.5)
    pytest.fail(f"{name} is still {seen}")


class Load:
    """So many callers, each of which calls again as soon as it has an answer."""

    def __init__(self, engine: RayEngine, of: Deployment, callers: int = 8) -> None:
        self.engine, self.of, self.callers = engine, of, callers
        self.good, self.slowest = 0, 0.0
        self.lost: list[str] = []
        self.over = False

    async def __aenter__(self) -> "Load":
        self.tasks = [asyncio.create_task(self.go_on()) for _ in range(self.callers)]
        return self

    async def go_on(self) -> None:
        while not self.over:
            start = time.monotonic()
            try:
                answer = await self.engine.predict(self.of.spec.name, call(self.of))
                assert len(answer.values) == 1
                self.good += 1
            except Exception as error:
                self.lost.append(f"{type(error).__name__}: {error}")
            self.slowest = max(self.slowest, time.monotonic() - start)

    async def answered(self, more: int) -> None:
        """Returns when so many more were answered or lost."""
        goal = self.good + len(self.lost) + more
        while self.good + len(self.lost) < goal:
            await asyncio.sleep(0.1)

    async def __aexit__(self, *_: object) -> None:
        self.over = True
        await asyncio.gather(*self.tasks)

    def said(self, what: str, seconds: float | None = None) -> str:
        after = "" if seconds is None else f", {seconds:.1f} s until all was as before"
        total = self.good + len(self.lost)
        return (
            f"{what}: {len(self.lost)} of {total} calls lost with {self.callers} callers, the "
            f"slowest {self.slowest:.1f} s{after}. {self.lost[:2] or ''}"
        )
