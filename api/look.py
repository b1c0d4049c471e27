"""Style sheets and scripts of the pages, sent once and kept by the browser: a page that carried
them itself would be twice as large."""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Response

from api import texts
from api.problems import Route

ASSETS = Path(__file__).parent.parent / "assets"
PATH = "/look"
KEEP = {"cache-control": "public, max-age=31536000, immutable"}  # every address bears `version()`
CSS, SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
MODULES = {file.stem: file for file in sorted((ASSETS / "js").glob("*.js"))}


def router() -> APIRouter:
    routes = APIRouter(route_class=Route, include_in_schema=False)

    @routes.get(f"{PATH}/tagline.css")
    async def sheet() -> Response:
        return Response(style(), headers=KEEP, media_type=CSS)

    @routes.get(f"{PATH}/tagline.js")
    async def script(lang: Literal["en", "zh"] = "en") -> Response:
        words = json.dumps(texts.tables(lang)["script"], ensure_ascii=False)
        start = f"window.tagline = {{ texts: {words} }};\n"
        return Response(start + module("base"), headers=KEEP, media_type=SCRIPT)

    for name in MODULES:  # those that one page alone imports
        routes.add_api_route(f"{PATH}/{name}.js", serve(name), methods=["GET"])
    return routes


def serve(name: str) -> Callable[[], Awaitable[Response]]:
    async def send() -> Response:
        return Response(module(name), headers=KEEP, media_type=SCRIPT)

    return send


@cache
def module(name: str) -> str:
    return MODULES[name].read_text(encoding="utf-8")


@cache
def style() -> str:
    sheets = sorted((ASSETS / "css").glob("*.css"))
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


@cache
def version() -> str:
    """Changes with any of these files."""
    known = sha256(style().encode())
    for name in MODULES:
        known.update(module(name).encode())
    for language in texts.LANGUAGES:
        known.update(json.dumps(texts.tables(language)["script"]).encode())
    return known.hexdigest()[:12]


def address(name: str) -> str:
    """Where the browser finds a script that a page imports."""
    return f"{PATH}/{name}.js?v={version()}"


def head() -> str:
    """What every page has in its head."""
    first = module("head").replace("VERSION", version())
    return (
        f'<link rel="stylesheet" href="{PATH}/tagline.css?v={version()}"><script>{first}</script>'
    )
