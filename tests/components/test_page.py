"""The page in a real browser, by click and by key."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from pipelines import registry
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.components.conftest import Open
from tests.conftest import CHATTER, EMBEDDER, IRIS, SAMPLES, SEER, STARTERS, Serve, Server
from tests.pipelines.models.fake_hub import Hub

ON_BOARD = Models(Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True)).list()
PAIRS = [(model.id, task.tag) for model in ON_BOARD for task in registry.for_model(model)]
# The first task of each model, and every task of one: tests/components/test_tasks.py has them all.
CLICKED = [*{model: (model, tag) for model, tag in reversed(PAIRS)}.values()]
CLICKED += [pair for pair in PAIRS if pair[0] == EMBEDDER and pair not in CLICKED]
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (360, "light")}
DONE = re.compile(r"Computed in|tokens/s")
ANSWER_MS = 120_000  # a chat model may write a hundred tokens on a busy processor


def address(server: Server, **query: str) -> str:
    return f"{server.url}/?{urlencode(query)}"


def result(page: Page) -> str:
    """What the result box holds, which the browser fills a moment after the status line."""
    expect(page.locator("#result")).not_to_contain_text("appears here")
    return page.locator("#result").inner_text()


def run_first_example(page: Page) -> None:
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)


def textbox(page: Page, label: str) -> Locator:
    """A box by the first words of its name; the rest of it is its description."""
    return page.get_by_role("textbox", name=re.compile(f"^{label}"))


def raw_json(page: Page) -> str:
    page.get_by_role("button", name=re.compile("^JSON")).click()
    return page.locator(".cm-content").last.inner_text()


@pytest.mark.parametrize(("model", "tag"), CLICKED, ids=map(" ".join, CLICKED))
def test_a_model_by_clicks(server: Server, open_page: Open, model: str, tag: str) -> None:
    """Choose the model, choose the task, press an example, see its result."""
    page = open_page(server.url)
    page.get_by_label("Model", exact=True).fill(model)
    page.get_by_role("option").filter(has_text=model).first.click()
    able = [f"[data-task={each}]" for id_, each in PAIRS if id_ == model]
    expect(page.locator(", ".join(able))).to_be_visible()
    if len(able) > 1:
        page.locator("#task").get_by_text(tag, exact=True).click()
    expect(page.locator(f"[data-task={tag}]")).to_be_visible()
    expect(page.locator(".examples button").first).to_be_visible()
    run_first_example(page)
    assert result(page).strip()
    assert "appears here" not in result(page)
    assert model in page.locator("#status").inner_text()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("model", [EMBEDDER, SEER, IRIS])
def test_no_sideways_scroll(server: Server, open_page: Open, look: str, model: str) -> None:
    width, theme = LOOKS[look]
    page = open_page(address(server, model=model, __theme=theme), width=width)
    run_first_example(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")


def test_narrowing_by_task_narrows_the_models(server: Server, open_page: Open) -> None:
    page = open_page(server.url)
    expect(page.locator("#run")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    tasks = page.get_by_label("Show models for")
    expect(tasks.locator("option")).not_to_have_count(1)  # they come when they are wanted
    tasks.select_option("image-classification")
    page.get_by_label("Model", exact=True).click()
    options = page.locator("#picker-list").get_by_role("option")
    expect(options.filter(has_text="on the Hub").first).to_be_visible()
    offered = options.all_inner_texts()
    hub = [text for text in offered if text.endswith("on the Hub")]
    assert SEER in offered[0]
    assert hub
    assert offered[-len(hub) :] == hub
    options.first.click()
    expect(page.get_by_label("Model", exact=True)).to_have_value(re.compile(SEER))
    expect(page.locator("[data-task=image-classification]").first).to_be_visible()


def test_control_enter_runs(server: Server, open_page: Open) -> None:
    text = {"source_sentence": "A happy person", "sentences": "A happy dog\nRain"}
    page = open_page(address(server, model=EMBEDDER, task="sentence-similarity", **text))
    page.wait_for_function("window.tagline")
    textbox(page, "Source sentence").fill("A merry person")
    textbox(page, "Source sentence").press("Control+Enter")
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    assert [line for line in ("A happy dog", "Rain") if line in result(page)] == [
        "A happy dog",
        "Rain",
    ]
    assert len(json.loads(raw_json(page))) == 2


# Runs by key at the first moment an input is there, which is before the buttons are.
EARLY = """
  window.early = null;
  new MutationObserver((_, watch) => {
    const box = [...document.querySelectorAll("textarea")].find((each) => each.offsetParent);
    if (!box || !window.tagline) return;
    watch.disconnect();
    window.early = !document.getElementById("run");
    const key = { key: "Enter", ctrlKey: true, bubbles: true };
    box.dispatchEvent(new KeyboardEvent("keydown", key));
  }).observe(document, { childList: true, subtree: true, attributes: true });
"""


def test_a_key_pressed_before_the_button_is_drawn_is_not_lost(
    server: Server, open_page: Open
) -> None:
    page = open_page("about:blank")
    page.add_init_script(EARLY)
    text = {"source_sentence": "A happy person", "sentences": "A happy dog\nRain"}
    page.goto(address(server, model=EMBEDDER, task="sentence-similarity", **text))
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    assert page.evaluate("window.early"), "the buttons were there first: this tests nothing"


def test_a_link_prefills_and_a_run_writes_the_link(server: Server, open_page: Open) -> None:
    query = {"model": EMBEDDER, "task": "feature-extraction", "text": "Grüße, 世界 & <b>"}
    page = open_page(address(server, **query, normalize="false"))
    expect(textbox(page, "Text")).to_have_value(query["text"])
    expect(page.get_by_label("Normalize")).not_to_be_checked()
    textbox(page, "Text").fill("Other words")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    shared = parse_qs(urlsplit(page.url).query)
    assert shared["text"] == ["Other words"]
    assert shared["normalize"] == ["false"]
    assert shared["model"] == [EMBEDDER]


def test_typed_text_does_not_leak_into_another_task(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=EMBEDDER, task="feature-extraction", text="secret"))
    expect(textbox(page, "Text")).to_have_value("secret")
    page.locator("#task").get_by_text("zero-shot-classification").click()
    expect(page.get_by_label("Candidate labels")).to_be_visible()
    expect(textbox(page, "Text")).to_have_value("")


def test_errors_say_what_to_do_and_lose_nothing(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=EMBEDDER, task="sentence-similarity"))
    textbox(page, "Source sentence").fill("Kept")
    page.locator("#run").click()
    expect(page.get_by_role("alert")).to_contain_text("Sentences: ")
    expect(textbox(page, "Source sentence")).to_have_value("Kept")
    expect(page.locator("#run")).to_be_enabled()
    textbox(page, "Sentences").fill("One\nTwo")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)


def test_a_huge_text_is_refused(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=EMBEDDER, task="feature-extraction"))
    box = textbox(page, "Text")
    box.evaluate(
        "(box) => { box.value = 'x'.repeat(300000);"
        " box.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    page.locator("#run").click()
    expect(page.get_by_role("alert")).to_contain_text("300,000 characters")


@pytest.mark.parametrize("name", ["no/such-model", "../../etc/passwd", "a b"])
def test_an_unknown_model_is_told(server: Server, open_page: Open, name: str) -> None:
    page = open_page(address(server, model=name))
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("#run").count() == 0


def test_chat_goes_on_and_can_be_stopped(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=CHATTER))
    box = page.get_by_placeholder("Write a message")
    box.fill("Give me three tips for better sleep.")
    box.press("Enter")
    expect(page.locator("#status")).to_contain_text("tokens/s")  # it has begun to answer
    page.locator("#stop").click()
    expect(page.locator("#status")).to_contain_text("Stopped")
    expect(page.locator("#run")).to_be_enabled()
    expect(box).to_have_value("")
    box.fill("What is the capital of France?")
    box.press("Enter")
    expect(page.locator("#status")).to_contain_text("tokens/s")
    expect(page.locator("#run")).to_be_enabled()
    assert "better sleep" in result(page)
    assert "capital of France" in result(page)


def test_a_picture_of_ones_own(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=SEER, task="image-classification"))
    page.locator("input[type=file]").first.set_input_files(SAMPLES / "coffee.jpg")
    expect(page.get_by_role("button", name="Remove Image")).to_be_visible()
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    assert "espresso" in result(page)


def test_a_file_that_is_no_picture_is_told(server: Server, open_page: Open, tmp_path: Path) -> None:
    page = open_page(address(server, model=SEER, task="image-classification"))
    (tmp_path / "words.png").write_bytes(b"no picture")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "words.png")
    expect(page.get_by_role("button", name="Remove Image")).to_be_visible()
    page.locator("#run").click()
    expect(page.get_by_role("alert")).to_contain_text("not a picture")


def test_no_model_says_make_setup(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    empty = serve(TAGLINE_STARTERS_DIR=str(tmp_path)).wait()
    page = open_page(empty.url)
    expect(page.get_by_text("make setup")).to_be_visible()


def test_download_is_asked_for_then_shown(serve: Serve, open_page: Open) -> None:
    """A model that only the Hub has: look it up, ask, fetch, use."""
    hub = Hub()
    folder = STARTERS / IRIS
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    hub.add("someone/flowers", files, tag="tabular-classification")
    asked, let_go = hub.paused("model.skops")
    try:
        online = serve(TAGLINE_OFFLINE="0", TAGLINE_HUB=hub.url).wait()
        page = open_page(address(online, model="someone/flowers"))
        expect(page.get_by_text("The Hub has it")).to_be_visible()
        assert not asked.is_set()
        page.locator("#download").click()
        assert asked.wait(30)
        expect(page.get_by_text("Downloading someone/flowers")).to_be_visible()
        let_go.set()
        run_first_example(page)
        assert "setosa" in result(page)
    finally:
        hub.close()
