"""Signing in and out with a browser: a form that wants no JavaScript, answered by the guard.

Its paths are our own, since Gradio has `/login` and `/logout`.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from fastapi import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import Scope

from api import bodies, callers, problems
from api.authentication import Authenticator
from api.origins import Origins
from api.sessions import cookie
from api.sign_in_page import FILES, Page
from pipelines.errors import Forbidden, MalformedBody, TaglineError, TooManyTries, Unauthorized

PATH, END = "/sign-in", "/sign-out"
ASSETS = {f"{PATH}/{file.name}": file for file in FILES}
METHODS = {PATH: ("GET", "HEAD", "POST"), END: ("POST",)} | dict.fromkeys(ASSETS, ("GET", "HEAD"))
MOST = 10_000  # bytes of the form
FORM_SECONDS = 5
MOST_NEXT = 4_000  # characters of the address to go back to
KEEP_OUT = {"cache-control": "no-store"}


class SignIn:
    """Answers for `METHODS`."""

    def __init__(self, authenticator: Authenticator, origins: Origins) -> None:
        self.authenticator, self.origins = authenticator, origins
        self.page = Page()

    async def answer(self, request: Request) -> Response:
        path = request.scope["path"]
        if request.method not in METHODS[path]:
            allowed = ", ".join(METHODS[path])
            return problems.problem(request, 405, f"Send {allowed} here.", {"allow": allowed})
        if path in ASSETS:
            return FileResponse(ASSETS[path], headers={"cache-control": "max-age=3600"})
        if path == END:
            return self.sign_out(request)
        return await (self.sign_in(request) if request.method == "POST" else self.show(request))

    async def show(self, request: Request) -> Response:
        """The form; who has signed in already goes on."""
        onward = safe(request.query_params.get("next", ""))
        if await self.authenticator.by_cookie(request.headers):
            return RedirectResponse(onward, 303, KEEP_OUT)
        problem = "ended" if cookie(request.headers) else None
        return self.page.draw(request.headers, onward, problem)

    async def sign_in(self, request: Request) -> Response:
        """Begins a session and goes where the browser wanted to; or says why not, once more with
        the form."""
        form = read(await whole(request))
        onward, secret = safe(form.get("next", "")), form.get("token", "").strip()
        try:
            self.origins.check_session("POST", request.headers)
            token = await self.authenticator.by_secret(secret, callers.address(request.scope))
        except TaglineError as error:
            return self.page.draw(request.headers, onward, **said(error))
        response = RedirectResponse(onward, 303, KEEP_OUT)
        self.authenticator.sessions.begin(response, token.id, is_https(request))
        return response

    def sign_out(self, request: Request) -> Response:
        """Raises Forbidden for another site's page, which may not sign anybody out."""
        self.origins.check_session("POST", request.headers)
        response = RedirectResponse(PATH, 303, KEEP_OUT)
        self.authenticator.sessions.end(response, is_https(request))
        return response


def said(error: TaglineError) -> dict[str, Any]:
    """An error in the page's own words."""
    kinds = {Unauthorized: "wrong", TooManyTries: "locked", Forbidden: "foreign"}
    word = kinds.get(type(error), "failed")
    return {"problem": word, "status": error.status, "seconds": error.retry_after}


async def whole(request: Request) -> bytes:
    """The form as it came, from whoever does not take too long: here nobody has a token yet."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await bodies.collect(request, MOST)
    except TimeoutError:
        raise MalformedBody(
            f"The form did not come within {FORM_SECONDS} s. Send it again."
        ) from None


def read(form: bytes) -> dict[str, str]:
    """The fields of a form; one that no browser would send has none."""
    try:
        fields = parse_qs(form.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def address(scope: Scope) -> str:
    """Of the form, with the way back to the page that `scope` asks for."""
    query = scope["query_string"].decode("latin-1")
    wanted = quote(scope["path"]) + (f"?{query}" if query else "")
    return f"{PATH}?{urlencode({'next': wanted})}" if safe(wanted) == wanted != "/" else PATH


def safe(wanted: str) -> str:
    """`wanted` if it is a path on this server, else the first page.

    Browsers read a backslash as a slash, drop tabs and line feeds, and take `//` for another host.
    """
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and " " not in wanted
    here = wanted.startswith("/") and not wanted.startswith(("//", PATH, END))
    return wanted if plain and here and len(wanted) <= MOST_NEXT else "/"


def is_https(request: Request) -> bool:
    """Whether the browser came by HTTPS: to us, or to the proxy before us, which says so."""
    said = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return "https" in (request.url.scheme, said)
