"""Leave for a browser to show an answer to another site's page. Never with cookies.

Gradio's own rule echoes every origin of a public host, with credentials: what it says is taken out.

Source: the Fetch standard, "CORS protocol".
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Send

from api.headers import EXPOSED
from api.origins import Origins

METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
SECONDS = "600"  # how long a browser remembers the answer to a preflight
THEIRS = ("origin", "credentials", "methods", "headers")


def is_preflight(method: str, headers: Headers) -> bool:
    asks = "access-control-request-method" in headers
    return method == "OPTIONS" and asks and "origin" in headers


def leave(headers: Headers) -> Response:
    """The answer to a preflight of a page that may call."""
    given = {"access-control-allow-methods": METHODS, "access-control-max-age": SECONDS}
    if wanted := headers.get("access-control-request-headers"):
        given["access-control-allow-headers"] = wanted
    return Response(status_code=204, headers=given)


def telling(send: Send, origins: Origins, headers: Headers) -> Send:
    """`send`, with our CORS headers on the answer in place of anybody else's."""
    may_read = "origin" in headers and origins.may_read(headers)

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            sign(MutableHeaders(scope=message), headers.get("origin", ""), may_read)
        await send(message)

    return tell if "origin" in headers or origins.allowed else send


def sign(answer: MutableHeaders, origin: str, may_read: bool) -> None:
    for each in THEIRS:
        if each in ("origin", "credentials") or not may_read:
            del answer[f"access-control-allow-{each}"]
    if "origin" not in answer.get("vary", "").lower():
        answer.add_vary_header("Origin")
    if may_read:
        answer["access-control-allow-origin"] = origin
        answer["access-control-expose-headers"] = EXPOSED
