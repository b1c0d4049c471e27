"""The sign-in page itself, in the browser's language: plain HTML from `assets/sign-in`."""

from html import escape
from pathlib import Path
from string import Template

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, Response

from api import texts

FOLDER = Path(__file__).parent.parent / "assets" / "sign-in"
FILES = (FOLDER / "style.css", FOLDER.parent / "favicon.svg")
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",  # without a referrer the form's own Origin would be `null`
    "vary": "accept-language, cookie",
    "x-content-type-options": "nosniff",
}


class Page:
    """Reads its files once."""

    def __init__(self) -> None:
        self.template = Template((FOLDER / "page.html").read_text(encoding="utf-8"))

    def draw(
        self,
        headers: Headers,
        onward: str,
        problem: str | None = None,
        status: int = 200,
        seconds: float | None = None,
    ) -> Response:
        """The form that leads to `onward`; `problem` is one of the words, `seconds` a wait."""
        lang = texts.chosen(None, kept(headers), headers.get("accept-language", ""))
        words, wait = texts.tables(lang)["sign_in"], max(1, round(seconds or 0))
        told = words[problem].format(seconds=wait) if problem else ""
        fields = {**words, "problem": told, "next": onward, "lang": lang}
        page = self.template.substitute({name: escape(value) for name, value in fields.items()})
        later = {"retry-after": str(wait)} if seconds else {}
        return HTMLResponse(page, status, HEADERS | later)


def kept(headers: Headers) -> str | None:
    """The language that the browser chose on a page of ours."""
    return cookie_parser(headers.get("cookie", "")).get(texts.COOKIE)
