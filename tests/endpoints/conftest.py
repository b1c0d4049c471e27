"""A house for every test that wants one."""

from collections.abc import AsyncIterator

import pytest

from tests.endpoints.house import House
from tests.pipelines.engine.stage import Stage


@pytest.fixture
async def stage() -> Stage:
    """Made inside the event loop, to which its events belong."""
    return Stage()


@pytest.fixture
async def house(stage: Stage) -> AsyncIterator[House]:
    made = House(stage)
    yield made
    stage.free.set()
    stage.open.set()
    await made.close()
