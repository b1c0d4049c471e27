"""The texts of the pages: the same keys and fields in every language."""

import re
from string import Formatter

import pytest

from api.texts import LANGUAGES, Texts, chosen, tables
from tests.conftest import ROOT

OTHERS = LANGUAGES[1:]
CALLED = re.compile(r"""(?:say|both|fixed|html|here\(\))\(\s*["']([a-z_]+\.[a-z_0-9]+)["']""")
ONLY = ("records",)  # the words of tasks, whose English stands in their records


def fields(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_keys(language: str) -> None:
    english, other = tables(LANGUAGES[0]), tables(language)
    assert list(english) == [table for table in other if table not in ONLY]
    for table, rows in english.items():
        assert list(rows) == list(other[table])


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_fields(language: str) -> None:
    for table, rows in tables(LANGUAGES[0]).items():
        for name, text in rows.items():
            assert fields(text) == fields(tables(language)[table][name]), f"{table}.{name}"


def test_every_key_that_the_pages_name_is_there() -> None:
    known = {f"{table}.{name}" for table, rows in tables(LANGUAGES[0]).items() for name in rows}
    sources = [*(ROOT / "components").rglob("*.py"), *(ROOT / "api").glob("*.py")]
    named = {key for each in sources for key in CALLED.findall(each.read_text(encoding="utf-8"))}
    assert len(named) > 200
    assert named - known == set()


def test_a_key_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        Texts()("nav.nowhere")


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        ("zh", "en", "en", "zh"),
        ("xx", "zh", "en", "zh"),
        (None, None, "de, zh-CN;q=0.8, en;q=0.7", "zh"),
        (None, "", "de", "en"),
    ],
)
def test_whose_language(asked: str | None, kept: str | None, accepted: str, language: str) -> None:
    assert chosen(asked, kept, accepted) == language
