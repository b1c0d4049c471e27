"""The generated tables are up to date, and the generator keeps what is not its own."""

import pytest

from docs.generate import (
    README,
    default,
    fill,
    flag,
    onboard,
    settings_table,
    task_table,
    written,
)
from pipelines.registry import TASKS
from pipelines.settings import Settings
from pipelines.slots import slots
from pipelines.unserved import UNSERVED

TEXT = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"


def test_readme_is_what_the_generator_writes() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme == written(readme), "Run `make readme`."


def test_fill_replaces_only_what_is_between_the_markers() -> None:
    filled = fill(TEXT, "x", "new")
    assert filled == "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n"
    assert fill(filled, "x", "new") == filled


@pytest.mark.parametrize("text", ["", TEXT + TEXT, "<!-- x -->\n"])
def test_fill_wants_the_markers_once(text: str) -> None:
    with pytest.raises(ValueError, match="not once"):
        fill(text, "x", "new")


def test_every_task_has_a_row_and_every_model_on_board_a_place() -> None:
    models = onboard()
    rows = task_table(models).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == sorted([*TASKS, *UNSERVED])
    for model in models:
        assert any(model.id in row for row in rows)


def test_a_task_that_no_test_has_run_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docs.generate.every", list)
    (row,) = [r for r in task_table([]).splitlines() if r.startswith("| `image-classification`")]
    assert "not served: no test has run it" in row


def test_a_task_says_what_it_was_tested_with() -> None:
    rows = {row.split("`")[1]: row for row in task_table([]).splitlines()[2:]}
    assert "tiny seeded models equal direct library code: Bert, Roberta" in rows["text-ranking"]
    assert "Not served: it needs an index" in rows["text-retrieval"]
    seen = [model for model in onboard() if model.tag == "image-classification"]
    (row,) = [r for r in task_table(seen).splitlines() if r.startswith("| `image-classification`")]
    assert "real model on board: `tagline/efficientnet-lite0`" in row
    assert "| transformers, timm |" in row


def test_every_setting_has_a_row() -> None:
    assert len(settings_table().splitlines()) - 2 == len(Settings.model_fields)


def test_the_token_has_no_flag() -> None:
    assert flag("hf_token") == "–"
    assert flag("max_waiting") == "`--max-waiting`"


def test_defaults_are_in_words() -> None:
    found = {slot.name: default(slot) for slot in slots(Settings)}
    assert found["port"] == "`7860`"
    assert found["offline"] == "off"
    assert found["models"] == found["model"] == "–"
    assert "data folder" in found["home"]
