"""The address of a widget that Gradio's web component, `<gradio-app>`, draws within another page.

The component takes an address to which it adds paths of its own, it sends the query of the page
that holds it, and it knows the first page of a server alone. So what is shown stands in the path:
below it lies the whole server, asked for the widget of one model, as if there were no other page.

Source: the client in Gradio 6.31; ASGI 3 for `root_path`.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import URL, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH, PAGE = "/embed", "embed"  # the page has the widget alone
SLASH = "~"  # stands for the slash of a model's id or revision, which have none of these
KEY = "tagline.embedded"  # of the ASGI scope
SHAPE = re.compile(rf"({PATH}/([\w.@~-]+)/([a-z0-9-]+))(/.*)?", re.ASCII | re.DOTALL)
CONFIG = ("/config", "/config/")


def address(server: str, model: str, task: str) -> str:
    """What stands in `src`; `server` has no slash at its end."""
    return f"{server}{PATH}/{model.replace('/', SLASH)}/{task}"


def server(scope: Scope) -> str:
    """The address of this server for what is drawn in another page, where no relative one leads
    here; empty on the server's own pages."""
    found: str = scope.get(KEY, "")
    return found


class Embedded:
    """Turns such a path into the one that Gradio knows, with the model in the query."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = SHAPE.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            return await self.app(scope, receive, send)
        known = within(scope, match)
        await self.app(known, receive, alone(send) if known["path"] in CONFIG else send)


def within(scope: Scope, match: re.Match[str]) -> Scope:
    root, model, task, rest = match.groups(default="/")
    asked = {"model": model.replace(SLASH, "/"), "task": task, "demo": "1"}
    if rest in CONFIG:
        asked["page"] = PAGE
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in given if name not in asked]
    return {
        **scope,
        "path": rest,
        "raw_path": rest.encode(),
        "root_path": scope.get("root_path", "") + root,
        "query_string": urlencode([*kept, *asked.items()]).encode(),
        KEY: str(URL(scope=scope).replace(path="", query="", fragment="")).rstrip("/"),
    }


def alone(send: Send) -> Send:
    """`send`, that tells of the widget's page as of the only one."""
    starts: list[Message] = []
    parts: list[bytes] = []

    async def held(message: Message) -> None:
        if message["type"] == "http.response.start":
            starts.append(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        [start], body = starts, b"".join(parts)
        if start["status"] == 200:
            body = json.dumps(only(json.loads(body))).encode()
            MutableHeaders(scope=start)["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return held


def only(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "page": {"": config["page"][PAGE]}, "pages": [["", "", False]]}
