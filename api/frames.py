"""Which pages of other sites may show ours inside their own.

A page in a frame can be laid under something else, so that its reader presses our buttons without
knowing. Where anybody may press them, anybody may frame the page too; elsewhere few may.

Source: Content Security Policy Level 3, `frame-ancestors`. Several policies count together.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.origins import ANY
from pipelines.settings import Settings

HEADER = "content-security-policy"
SELF = "'self'"
LOCAL = ("http://localhost:*", "http://127.0.0.1:*")


def ancestors(settings: Settings) -> str:
    """Who may frame a page, as the header has it; empty for anybody."""
    if settings.sign_in:
        return SELF
    if settings.level == "public" or ANY in settings.allow_origins:
        return ""
    return " ".join([SELF, *LOCAL, *settings.allow_origins])


class Frames:
    """Says it with every page."""

    def __init__(self, app: ASGIApp, allowed: str) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append(HEADER, f"frame-ancestors {self.allowed}")
            await send(message)

        await self.app(scope, receive, told if self.allowed else send)
