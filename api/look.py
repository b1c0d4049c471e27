"""Style sheets and scripts of the pages, sent once and kept by the browser: a page that carried
them itself would be twice as large."""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Response

from api import texts
from api.problems import Route

ASSETS = Path(__file__).parent.parent / "assets"
PATH = "/look"
KEEP = {"cache-control": "public, max-age=31536000, immutable"}  # every address bears `version()`
COMPONENT = f"{PATH}/gradio.js"
Language = Literal["en", "zh"]
CSS, SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
MODULES = {file.stem: file for file in sorted((ASSETS / "js").glob("*.js"))}


def router() -> APIRouter:
    routes = APIRouter(route_class=Route, include_in_schema=False)

    @routes.get(f"{PATH}/tagline.css")
    async def sheet() -> Response:
        return Response(style(), headers=KEEP, media_type=CSS)

    @routes.get(f"{PATH}/tagline.js")
    async def script(lang: Language = "en") -> Response:
        """What every page has."""
        return Response(worded(lang, "base"), headers=KEEP, media_type=SCRIPT)

    @routes.get(f"{PATH}/embedded.js")
    async def embedded(lang: Language = "en") -> Response:
        """The same for a widget within a page of somebody else."""
        return Response(worded(lang, "embedded"), headers=KEEP, media_type=SCRIPT)

    @routes.get(COMPONENT)
    async def component() -> Response:
        """Gradio's web component, whose own file is called otherwise in every release."""
        return Response(gradio(), media_type=SCRIPT)

    for name in MODULES:  # those that one page alone imports
        routes.add_api_route(f"{PATH}/{name}.js", serve(name), methods=["GET"])
    return routes


def worded(lang: Language, name: str) -> str:
    """A script with the words and what else it stands on."""
    words = json.dumps(texts.tables(lang)["script"], ensure_ascii=False)
    start = f"window.tagline = {{ texts: {words} }};\n"
    return start + module("words") + module("seen") + module(name)


@cache
def gradio() -> str:
    """Source: `templates/frontend/gradio.js` of Gradio 6.31, which imports from its own folder."""
    found = find_spec("gradio")
    assert found
    assert found.origin
    own = Path(found.origin).parent / "templates" / "frontend" / "gradio.js"
    return own.read_text(encoding="utf-8").replace("./assets/", "/assets/")


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
    """Where a page of this server finds a script that it imports."""
    return f"{PATH}/{name}.js?v={version()}"


def imported(name: str) -> str:
    """JavaScript that imports a script, also within a page of somebody else."""
    return f"import(window.taglineAt + '{address(name)}')"


def head() -> str:
    """What every page has in its head."""
    first = module("head").replace("VERSION", version())
    return f"<script>{first}</script>"
