"""The table of docs/deploy.md: every target has a row, and every test that it names is there."""

import re

import pytest

from deploy.targets import TARGETS
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("<!-- targets -->")[2].partition("<!-- /targets -->")[0]
NAMED = re.findall(r"`(tests/[\w/.]+(?:::\w+)?)`", PAGE)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_a_row(target: str) -> None:
    rows = [row for row in TABLE.splitlines() if f"`export {target}`" in row]
    assert len(rows) == 1
    assert "`tests/deploy/" in rows[0]


@pytest.mark.parametrize("named", dict.fromkeys(NAMED))
def test_the_tests_are_there(named: str) -> None:
    path, _, name = named.partition("::")
    found = ROOT / path
    files = sorted(found.glob("test_*.py")) if found.is_dir() else [found]
    assert any(f"def {name or 'test_'}" in file.read_text(encoding="utf-8") for file in files)


def test_the_page_names_the_parts() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert {
        "A Space", "A container", "Kubernetes", "Inference Endpoints and SageMaker",
        "Share and embed", "What was tested",
    } <= set(titles)  # fmt: skip
