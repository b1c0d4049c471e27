"""Work for a caller who may hang up before it is done."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

T = TypeVar("T")


async def while_there(request: Request, work: Awaitable[T]) -> T:
    """The outcome of `work`, which is cancelled when the caller hangs up.

    The body must have been read. Raises ClientDisconnect for a caller who did.
    """
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(hung_up(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        leaving.cancel()
        doing.cancel()
        await asyncio.wait({doing})  # it may have something to put away


async def hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
