"""What people read here, in each language: `assets/texts/<language>.toml`, a key with named fields.

Errors over HTTP stay English; what a page says is looked up here, by the language of the browser.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "assets" / "texts"
LANGUAGES = ("en", "zh")  # the first is the one that everything is written in
COOKIE = "lang"


@cache
def tables(language: str) -> Mapping[str, Mapping[str, str]]:
    """The file of a language as it stands: texts by name, by table."""
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of a language by their keys, `table.name`."""
    found = tables(language).items()
    return {f"{table}.{name}": text for table, rows in found for name, text in rows.items()}


@dataclass(frozen=True)
class Texts:
    """The words of one language: `Texts("zh")("compare.title")`."""

    language: str = LANGUAGES[0]

    def __call__(self, key: str, **fields: object) -> str:
        """The text of a key with its fields filled in, not escaped for HTML. Raises KeyError for
        an unknown key or a field that is not given."""
        text = catalogue(self.language)[key]
        return text.format(**fields) if fields else text

    def html(self, key: str, **fields: object) -> str:
        """The same, every field escaped; the text itself may hold tags."""
        return self(key, **{name: escape(str(value)) for name, value in fields.items()})

    def word(self, english: str) -> str:
        """What a task's record says in English (a summary, a label, a description) in this
        language; the English itself where there is no other."""
        return catalogue(self.language).get(f"records.{english}", english)


def chosen(asked: str | None, kept: str | None, accepted: str) -> str:
    """The language of a reader who asked for one (`?lang=`), has kept one (a cookie), or whose
    browser accepts some (a header): the first of them that is known. `assets/js/head.js` decides
    in the same way."""
    wanted = (asked, kept, *wishes(accepted))
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])


def wishes(accepted: str) -> list[str]:
    """The languages of an `Accept-Language` without their regions, the dearest first (RFC 9110,
    12.5.4)."""
    found = re.findall(r"([a-z]+)(?:-[\w-]+)?\s*(?:;\s*q=([\d.]+))?", accepted.lower())
    weighed = [(weight(q), lang) for lang, q in found if weight(q) > 0]
    return [lang for _, lang in sorted(weighed, key=lambda each: -each[0])]


def weight(q: str) -> float:
    try:
        return float(q or 1)
    except ValueError:
        return 0.0
