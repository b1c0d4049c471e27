"""The outermost middleware: gives each request an id, counts it and logs it.

Source of the header: `x-request-id`, as Hugging Face's servers send and huggingface_hub prints it.
"""

import logging
import os
import re
from collections.abc import Callable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import exchange, headers
from api.exchange import Exchange
from api.problems import FAILED, problem
from pipelines import tracing
from pipelines.engine.events import Event, Evicted, Finished, Loaded

log = logging.getLogger(__name__)
Watcher = Callable[[Exchange], None]
KEY = "tagline.request"  # of the ASGI scope
MOST = 128  # characters of a caller's own id
PLAIN = re.compile(r"[A-Za-z0-9._:/+=@-]+")  # which cannot pass for another field of a line


class Observe:
    """Sees every request, ours and Gradio's, and tells the `watchers` of each when it is over."""

    def __init__(self, app: ASGIApp, watchers: Sequence[Watcher]) -> None:
        self.app, self.watchers = app, watchers
        self.salt = os.urandom(16)  # so callers in the log are the same in one run alone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[KEY] = given(scope) or headers.new_id()
        seen = Exchange(scope, tracing.Request(scope[KEY]))
        tracing.request.set(seen.request)
        exchange.current.set(seen)
        try:
            await self.pass_on(seen, receive, send)
        finally:
            for answered in self.watchers:
                answered(seen)
            log.info("request", extra=seen.line(self.salt))
            seen.request.over = True

    async def pass_on(self, seen: Exchange, receive: Receive, send: Send) -> None:
        """Answers 500 itself where nothing has been sent yet, since the server's own page for that
        would be without an id."""
        begun = False

        async def signed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun, seen.status = True, message["status"]
                MutableHeaders(scope=message)["x-request-id"] = seen.scope[KEY]
            await send(message)

        try:
            await self.app(seen.scope, receive, signed)
        except Exception:
            if begun:
                raise
            log.exception("A request failed.")
            await problem(Request(seen.scope), 500, FAILED)(seen.scope, receive, signed)


def given(scope: Scope) -> str | None:
    """The caller's own id, if it is one that a header and a line can hold."""
    sent = dict(scope["headers"]).get(b"x-request-id", b"")[:MOST].decode("latin-1")
    return sent if PLAIN.fullmatch(sent) else None


def id_of(scope: Scope) -> str:
    found: str = scope.get(KEY, "")
    return found


def note(event: Event) -> None:
    """Tells the log of models that come and go, and of calls: one that a request waits for stands
    in that request's line."""
    match event:
        case Loaded(model, seconds):
            log.info("loaded", extra={"model": model.shown, "seconds": round(seconds, 4)})
        case Evicted(model, reason):
            log.info("evicted", extra={"model": model.shown, "reason": reason})
        case Finished() if seen := exchange.under_way():
            seen.finished.append(event)
        case Finished():
            spent = exchange.costs([event]) | {"seconds": round(event.seconds, 4)}
            log.info("call", extra=spent)
