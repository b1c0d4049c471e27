"""The page of client methods says what tests/clients has tried, and nothing else."""

import re

import pytest

from docs import clients
from docs.clients import PAGE, untried, written
from tests.clients.table import Case, every

CASES = [Case("one", "ask", "call"), Case("one", "draw", "call", "Never.")]
TEXT = "<!-- one -->\n<!-- /one -->\n"


def test_the_page_is_what_the_generator_writes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page, every()), "Run `make clients`."


def test_it_has_a_row_for_every_method_and_none_besides() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    methods = dict.fromkeys((case.client, case.method) for case in every())
    assert rows == [method for _, method in methods]


def test_what_works_and_what_is_said_instead() -> None:
    rows = written(TEXT, CASES).splitlines()
    assert "| `ask` | works |" in rows
    assert "| `draw` | no: “Never.” |" in rows


def test_what_has_not_passed_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert untried(CASES, {"one ask by call"}) == ["one draw by call"]
    monkeypatch.setattr(clients, "last_run", list)
    with pytest.raises(SystemExit, match="fill_mask by async id"):
        clients.main()
