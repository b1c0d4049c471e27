"""Work for a caller who may hang up: its outcome, and whose wish it was that it ended."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect

from api.waiting import while_there

GONE = {"type": "http.disconnect"}


def caller(left: asyncio.Event) -> Request:
    async def receive() -> dict[str, Any]:
        await left.wait()
        return GONE

    return Request({"type": "http", "headers": []}, receive)


class Work:
    """Goes on for ever unless told; `away` says that it was cancelled and put its things away."""

    def __init__(self) -> None:
        self.begun, self.away = asyncio.Event(), False

    async def run(self) -> None:
        try:
            self.begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.away = True


async def test_its_value_and_its_error() -> None:
    request = caller(asyncio.Event())
    assert await while_there(request, asyncio.sleep(0, "value")) == "value"

    async def fail() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await while_there(request, fail())


@pytest.mark.parametrize("before", [True, False])
async def test_who_hangs_up_stops_it(before: bool) -> None:
    left, work = asyncio.Event(), Work()
    if before:
        left.set()
    doing = asyncio.create_task(while_there(caller(left), work.run()))
    await work.begun.wait()
    left.set()
    with pytest.raises(ClientDisconnect):
        await doing
    assert work.away
    assert not doing.cancelling()


async def test_who_ends_the_task_cancels_it() -> None:
    """The server's end is no caller's leave."""
    work = Work()
    doing = asyncio.create_task(while_there(caller(asyncio.Event()), work.run()))
    await work.begun.wait()
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert work.away


async def test_both_at_once_is_the_end() -> None:
    left, work = asyncio.Event(), Work()
    doing = asyncio.create_task(while_there(caller(left), work.run()))
    await work.begun.wait()
    left.set()
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert work.away


@pytest.mark.parametrize("last", [0, 1, 2, 3])
async def test_who_leaves_as_it_ends_breaks_nothing(last: int) -> None:
    """Whatever comes first: nothing is left over that would stop what the task does next."""
    left = asyncio.Event()

    async def work() -> str:
        left.set()
        for _ in range(last):
            await asyncio.sleep(0)
        return "value"

    async def whole(asked: Callable[[], Awaitable[str]]) -> str:
        try:
            found = await while_there(caller(left), asked())
        except ClientDisconnect:
            found = "left"
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return found

    assert await asyncio.create_task(whole(work)) in ("value", "left")
