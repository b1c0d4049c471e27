"""The script that runs before Gradio's own.

Gradio puts the head that it is given into a page when its own scripts have begun, and by then they
have read which language the browser wants. So this one stands in the page as it is sent.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MARK = b"window.gradio_config"  # only a page of Gradio's has it
HEAD = b"<head>"


class Early:
    """Puts `script` first into the head of every page that Gradio sends."""

    def __init__(self, app: ASGIApp, script: str) -> None:
        self.app, self.script = app, f"<script>{script}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message | None = None

        async def put(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and is_page(message):
                start = message  # its length is not known yet
                return
            if start is not None:
                body = message.get("body", b"")
                if MARK in body and HEAD in body and not message.get("more_body"):
                    body = body.replace(HEAD, HEAD + self.script, 1)
                    MutableHeaders(scope=start)["content-length"] = str(len(body))
                    message = {**message, "body": body}
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, put)


def is_page(start: Message) -> bool:
    return MutableHeaders(scope=start).get("content-type", "").startswith("text/html")
