"""What comes in: no body larger than the settings say, none for ever, and all together in bounds.

Uploads of Gradio's pages go to the disk piece by piece, and Gradio looks at the size of each file.
"""

import asyncio
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import headers, problems
from api.bodies import too_large
from api.problems import plain
from pipelines.errors import TaglineError, TooLate, Unavailable
from pipelines.settings import MB, Settings

UPLOADS = "/gradio_api/upload"
GONE: Message = {"type": "http.disconnect"}
SHARE = 32  # of the memory, for bodies: while one is read it stands there several times
SOON = 2.0  # seconds after which a body may have found room


@dataclass
class Room:
    """Bytes of the bodies that are under way, and the `most` of them."""

    most: int
    held: int = 0

    def check(self, more: int) -> None:
        """Raises Unavailable if there is no room for so many more."""
        if self.held + more > self.most:
            raise Unavailable(
                "The bodies that this server works on fill the room it has for them. Try again "
                "later, or raise TAGLINE_BODIES_MB.",
                SOON,
            )


class Intake:
    """`memory` is that of the machine, in bytes."""

    def __init__(self, app: ASGIApp, settings: Settings, memory: int) -> None:
        self.app, self.seconds = app, settings.body_seconds
        self.most = int(settings.max_body_mb * MB)
        room = settings.bodies_mb * MB if settings.bodies_mb else memory / SHARE
        self.room = Room(max(self.most, int(room)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = Body(self, scope, receive, send)
        try:
            body.announce()
            await self.app(scope, body.receive, body.send)
        except TaglineError as error:
            await body.refuse(error)
        except ClientDisconnect:
            if not body.refused:
                raise
        finally:
            self.room.held -= body.held


class Body:
    """The body of one request, as it arrives.

    One that is refused gets its answer here; the app behind is told that the caller left, and what
    it still says is not sent.
    """

    def __init__(self, intake: Intake, scope: Scope, receive: Receive, send: Send) -> None:
        self.intake, self.scope = intake, scope
        self.receiving, self.sending = receive, send
        self.kept = plain(scope["path"]) != UPLOADS
        self.size = self.held = 0
        self.until = asyncio.get_running_loop().time() + intake.seconds
        self.whole = self.started = self.refused = False

    def announce(self) -> None:
        """Raises TooLarge and Unavailable for what is too much already by its own word."""
        said = Headers(scope=self.scope).get("content-length", "")
        if said.isdecimal():
            self.check(int(said))

    def check(self, more: int) -> None:
        if not self.kept:
            return
        if self.size + more > self.intake.most:
            raise too_large(self.intake.most)
        self.intake.room.check(more)

    async def receive(self) -> Message:
        if self.refused:
            return GONE
        if self.whole:
            return await self.receiving()
        try:
            return await self.part()
        except TaglineError as error:
            await self.refuse(error)
            return GONE

    async def part(self) -> Message:
        """Raises TooLarge, TooLate and Unavailable."""
        try:
            async with asyncio.timeout_at(self.until):
                message = await self.receiving()
        except TimeoutError:
            raise TooLate(
                f"The body was not here within {self.intake.seconds:g} seconds. Send less, or over "
                "a faster line, or raise TAGLINE_BODY_SECONDS."
            ) from None
        count = len(message.get("body", b""))
        self.check(count)
        self.size += count
        if self.kept:
            self.held += count
            self.intake.room.held += count
        self.whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            self.started = True
            await self.sending(message)

    async def refuse(self, error: TaglineError) -> None:
        """Answers in place of the app, unless that has begun to."""
        self.refused = True
        if not self.started:
            request = Request(self.scope)
            answer = headers.sign(problems.of(request, error), request)
            await answer(self.scope, self.receiving, self.sending)
