"""A call on its way into the cluster, by whichever proxy answers."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from http import HTTPStatus

import httpx

from endpoints.ray import frames, signing
from endpoints.ray.proxies import Proxies
from pipelines.engine import wire
from pipelines.errors import (
    NotBegun,
    TaglineError,
    TooManyCalls,
    TooSlow,
    Unavailable,
    WorkerDied,
)

CONNECT_SECONDS = 3.0
PATIENCE = 45.0  # seconds: Ray starts another proxy about 30 s after one died
PAUSE = 0.25  # between two rounds of all proxies
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
Frames = AsyncGenerator[wire.Frame, None]


class Doors:
    """`refresh` asks Ray which proxies there are; `now` is the time of the signatures."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        proxies: Proxies,
        key: bytes,
        refresh: Callable[[], Awaitable[None]],
        now: signing.Now = time.time,
    ) -> None:
        self.client, self.proxies, self.key = client, proxies, key
        self.refresh, self.now = refresh, now
        self.patience, self.pause = PATIENCE, PAUSE

    async def ask(self, application: str, body: bytes, seconds: float | None) -> Frames:
        """The frames with which one replica answers, the first within `seconds`.

        A proxy that cannot be reached got nothing, so the next is asked, again and again. Raises
        WorkerDied where a call met a dying proxy or replica, TooManyCalls where Ray
        takes no more, TooSlow, and Unavailable where no proxy is there for long.
        """
        until, trouble = time.monotonic() + self.patience, "it names no proxy"
        while True:
            for address in self.proxies.order():
                try:
                    response = await self.send(address, application, body, seconds)
                except UNSENT as error:
                    self.proxies.note(address, False)
                    trouble = f"{address} cannot be reached ({type(error).__name__})"
                    continue
                async with aclosing(self.read(address, response, seconds)) as found:
                    try:
                        async for frame in found:
                            yield frame
                        return
                    except NotYet as error:
                        trouble = str(error)
            if time.monotonic() >= until:
                raise Unavailable(
                    f"No proxy of the Ray cluster takes calls of {application}: {trouble}. Try "
                    "again later; if this stays, look at Ray's dashboard.", 5
                )  # fmt: skip
            await asyncio.sleep(self.pause)
            await self.learn()

    async def learn(self) -> None:
        with suppress(Unavailable):  # the head may be away while proxies answer
            await self.refresh()

    async def send(
        self, address: str, application: str, body: bytes, seconds: float | None
    ) -> httpx.Response:
        path = frames.path(application)
        signature = signing.sign(self.key, path, body, self.now())
        request = self.client.build_request(
            "POST", address + path, content=body, headers={signing.HEADER: signature},
            timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=None),
        )  # fmt: skip
        try:
            return await self.client.send(request, stream=True)
        except UNSENT:
            raise
        except httpx.TimeoutException as error:
            raise slow(seconds) from error
        except httpx.TransportError as error:
            self.proxies.note(address, False)
            raise unanswered() from error

    async def read(self, address: str, response: httpx.Response, seconds: float | None) -> Frames:
        """Raises NotYet for an answer of a proxy that cannot pass a call on now."""
        self.proxies.note(address, True)
        try:
            if response.headers.get("content-type") != frames.TYPE:
                raise of_ray(
                    response.status_code, (await response.aread()).decode(errors="replace")
                )
            async with aclosing(frames.frames(response.aiter_bytes())) as found:
                async for frame in found:
                    yield frame
        except httpx.TimeoutException as error:
            raise slow(seconds) from error
        except httpx.TransportError as error:
            raise lost() from error
        finally:
            await response.aclose()


class NotYet(Unavailable):
    """The proxy is on its way in or out."""


def of_ray(status: int, text: str) -> TaglineError:
    """What an answer means that Ray made itself, since no replica did.

    404 says that a proxy does not know the application yet, 503 that it leaves or that no replica
    is fit, 429 that the line is full, 408 that the cluster's own `request_timeout_s` is over; any
    other is a replica that ended.
    """
    said = text.strip()[:200]
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE):
        return NotYet(f"a proxy says {said or status}", 5)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TooManyCalls(
            "The line of this endpoint is full. Try again later, or give it more replicas or a "
            "larger max_waiting.", 2
        )  # fmt: skip
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return TooSlow(
            "The call took longer than the cluster allows (request_timeout_s of Ray Serve)."
        )
    return WorkerDied(f"A replica ended while it answered ({status}). Send the call again.")


def unanswered() -> NotBegun:
    """The proxy died, which is never the call's own doing, before a word of an answer."""
    return NotBegun("A proxy of the Ray cluster ended with the call. Send the call again.")


def lost() -> WorkerDied:
    return WorkerDied("The answer of the Ray cluster broke off. Send the call again.")


def slow(seconds: float | None) -> TooSlow:
    return TooSlow(
        f"The endpoint did not begin to answer within {seconds:g} s, its line included. Ask for "
        "less, give it more replicas, or raise its timeout."
    )
