"""The page of comparisons in a real browser, on real models."""

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.components.conftest import Open
from tests.conftest import CHATTER, SEER, STARTERS, Server

ANSWER_MS = 120_000  # on a busy processor a load takes its time
SEEN_MS = 5_000  # for a run to begin
FEELER, COPY, BROKEN = "tagline/minilm-sentiment", "test/copy", "test/broken"
DIGITS = "tagline/digits-vit"
TEXT = "I like this very much."


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with three models for one task: one on board, the same again, and one whose weights
    cannot be read."""
    home = tmp_path_factory.mktemp("compared")
    for name in (COPY, BROKEN):
        shutil.copytree(STARTERS / FEELER, home / "models" / name)
    for weights in (home / "models" / BROKEN).rglob("*.safetensors"):
        weights.unlink()
        weights.write_bytes(b"no weights at all")
    running = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    yield running
    running.stop()


def address(server: Server, **query: str) -> str:
    return f"{server.url}/compare?{urlencode(query)}"


def run(page: Page) -> None:
    page.locator("#run").click()
    with suppress(AssertionError):  # a quick one may be over before it is looked for
        expect(page.locator("#stop")).to_be_visible(timeout=SEEN_MS)
    expect(page.locator("#stop")).to_be_hidden(timeout=ANSWER_MS)


def textbox(page: Page) -> Locator:
    """The first input, by the first word of its name; the rest of it is its description."""
    return page.get_by_role("textbox", name=re.compile("^Text")).first


def verdict(page: Page) -> str:
    expect(page.locator(".verdict")).to_be_visible(timeout=ANSWER_MS)
    return page.locator(".verdict").inner_text()


def test_one_press_compares_what_the_page_opens_with(compared: Server, open_page: Open) -> None:
    """The first task that two models can do, with its example."""
    page = open_page(f"{compared.url}/compare")
    expect(page.locator("#run")).to_be_visible()
    run(page)
    assert verdict(page)
    expect(page.locator(".cell")).to_have_count(2)
    expect(page.locator(".cell .bar-value")).not_to_have_count(0)
    expect(page.locator(".plots")).to_contain_text("Time to compute")
    expect(page.locator(".plots")).to_contain_text("Memory")


def test_a_link_opens_the_same_elsewhere(compared: Server, open_page: Open) -> None:
    asked = {"task": "text-classification", "models": f"{FEELER},{COPY}", "text": TEXT}
    page = open_page(address(compared, **asked))
    expect(textbox(page)).to_have_value(TEXT)
    textbox(page).fill("It is awful.")
    run(page)
    assert verdict(page).startswith("Both agree: ")
    expect(page.locator("#summary")).to_contain_text("Largest difference of any score: 0.000")
    expect(page.locator(".apart")).to_have_count(0)
    there = open_page(page.url)
    expect(textbox(there)).to_have_value("It is awful.")
    for name in (FEELER, COPY):
        expect(there.locator("#models")).to_contain_text(name)


def test_a_model_that_fails_fails_alone(compared: Server, open_page: Open) -> None:
    names = f"{FEELER},{BROKEN},{COPY}"
    page = open_page(address(compared, task="text-classification", models=names, text=TEXT))
    expect(page.locator("#run")).to_be_visible()
    run(page)
    cells = page.locator(".cell")
    expect(cells).to_have_count(3)
    expect(cells.nth(1).get_by_role("alert")).to_be_visible()
    for healthy in (0, 2):
        expect(cells.nth(healthy).locator(".bar-value").first).to_be_visible()
    assert verdict(page).startswith("Both agree: ")


def test_a_grid_of_two_parameters(compared: Server, open_page: Open) -> None:
    grid = {"x": "top_k:1,2", "y": "function_to_apply:softmax,none"}
    page = open_page(address(compared, task="text-classification", text=TEXT, **grid))
    expect(page.locator("#x-values textarea, #x-values input").first).to_have_value("1,2")
    run(page)
    cells = page.locator(".cell")
    expect(cells).to_have_count(4)
    expect(cells.nth(1)).to_contain_text("function_to_apply softmax · top_k 2")
    assert [cells.nth(at).locator(".bar-value").count() for at in range(4)] == [1, 2, 1, 2]
    assert "x=top_k%3A1%2C2" in page.url
    assert verdict(page).startswith("All 4 agree")


def test_values_that_the_record_refuses(compared: Server, open_page: Open) -> None:
    page = open_page(address(compared, task="text-classification", text=TEXT, x="top_k:1,0"))
    page.locator("#run").click()
    expect(page.locator("#problem [role=alert]")).to_contain_text("Top k: ")
    expect(page.locator(".cell")).to_have_count(0)
    expect(page.locator("#run")).to_be_enabled()


def test_a_blind_vote_is_kept_and_exported(compared: Server, open_page: Open) -> None:
    page = open_page(address(compared, task="image-classification", blind="1"))
    expect(page.locator("#run")).to_be_visible()
    run(page)
    expect(page.locator("#votes")).to_be_visible()
    expect(page.locator(".cell")).to_have_count(2)
    seen = page.locator("#cells").inner_text() + page.locator("#summary").inner_text()
    assert SEER not in seen
    assert DIGITS not in seen
    page.get_by_role("button", name="B is better").click()
    expect(page.locator("#cells")).to_contain_text(SEER)
    expect(page.locator("#cells")).to_contain_text(DIGITS)
    winner = page.locator(".cell").nth(1).locator("h3 span").inner_text()
    expect(page.locator("#problem")).to_contain_text(winner)
    expect(page.locator("#votes")).to_be_hidden()
    page.reload()
    row = page.locator("#tally tbody tr")
    wins = ["1", "1", "0"] if winner == DIGITS else ["1", "0", "1"]  # pairs are in order
    expect(row.locator("td")).to_have_text([*wins, "0", "0", re.compile("0 %")])
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").click()
    written = Path(download.value.path()).read_text(encoding="utf-8")
    assert f'"image-classification","{DIGITS} | {SEER}","{winner}"' in written
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#tally").get_by_role("button", name="Clear").click()
    expect(page.locator("#tally")).to_contain_text("None yet for this task")


def test_stop_leaves_what_has_come(compared: Server, open_page: Open) -> None:
    asked = {"task": "text-generation", "model": CHATTER, "text": "Once", "x": "seed:1,2"}
    page = open_page(address(compared, **asked, max_new_tokens="4000", min_new_tokens="4000"))
    expect(page.locator("#run")).to_be_visible()
    page.locator("#run").click()
    expect(page.locator("#stop")).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator(".cell").first).to_contain_text("Stopped.")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#stop")).to_be_hidden()


def test_chinese_on_a_phone(compared: Server, open_page: Open) -> None:
    asked = {"task": "text-classification", "text": TEXT, "lang": "zh", "x": "top_k:1,2"}
    page = open_page(address(compared, **asked), width=360)
    expect(page.locator("#run")).to_have_text("运行")
    run(page)
    assert verdict(page).startswith("两个结果一致")
    expect(page.locator(".plots")).to_contain_text("计算用时")
    expect(page.locator("#tally")).to_contain_text("此任务还没有投票")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "__i18n__" not in page.locator("body").inner_text()


def test_another_task_and_another_way(compared: Server, open_page: Open) -> None:
    page = open_page(f"{compared.url}/compare")
    expect(page.locator("#models")).to_be_visible()
    page.get_by_label("One model, several values").click()
    expect(page.locator("#x")).to_be_visible()
    page.get_by_label("Task", exact=True).fill("text-generation")
    page.get_by_role("option").filter(has_text="text-generation").first.click()
    expect(textbox(page)).to_be_visible()
    expect(page.locator("#x-values textarea, #x-values input").first).to_have_value("100, 200, 300")
