"""A stage for every test that wants one."""

import pytest

from tests.pipelines.engine.stage import Stage


@pytest.fixture
async def stage() -> Stage:
    """Made inside the event loop, to which its events belong."""
    return Stage()
