"""Endpoints on an engine whose models do what a test tells them, by a clock that a test moves."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from endpoints.engines import Deployment
from endpoints.local.autoscaler import Pace
from endpoints.local.engine import LocalEngine
from endpoints.spec import Spec, read
from endpoints.status import Status
from pipelines.engine.call import Call
from tests.pipelines.engine.stage import CALL, MODEL, Stage

NAME = "words"
PACE = Pace(up=2, down=60)


def spec(**given: Any) -> Spec:
    return read({"name": NAME, "model": "org/a", **given})


def deployment(version: int = 1, asleep: bool = False, **given: Any) -> Deployment:
    return Deployment(spec(**given), version, MODEL, asleep)


class House:
    """A local engine. Time passes when a test says so."""

    def __init__(self, stage: Stage, places: float = 9, **rules: Any) -> None:
        self.now = 1000.0
        self.stage = stage
        self.engine = stage.engine(places, **rules)
        self.local = LocalEngine(self.engine, None, lambda: self.now, PACE, lambda each: bare(each))

    async def apply(self, *wanted: Deployment) -> None:
        await self.local.apply(wanted)

    async def pass_by(self, seconds: float) -> None:
        """Lets time pass, and everybody look at it."""
        for _ in range(4):
            self.now += seconds / 4
            self.look()
            await asyncio.sleep(0)

    def look(self) -> None:
        for group in list(self.local.lives):
            group.step()

    def ask(self, text: str = "word") -> "asyncio.Task[Any]":
        return asyncio.create_task(self.answer(text))

    async def answer(self, text: str = "word") -> Any:
        return (await self.local.predict(NAME, call(text))).values

    @property
    def status(self) -> Status:
        return self.local.groups[NAME].status()

    async def close(self) -> None:
        await self.local.close()
        await self.engine.close()


def bare(wanted: Deployment) -> Call:
    assert wanted.model
    return replace(CALL(), inputs=[], params=None)


def call(text: str = "word") -> Call:
    first = CALL()
    return replace(first, inputs=[first.inputs[0].model_copy(update={"text": text})])


async def later(true: Callable[[], bool], house: House | None = None) -> None:
    async with asyncio.timeout(20):
        while not true():
            if house:
                house.look()
            await asyncio.sleep(0.002)
