"""The panel of a task in a real browser: examples of a card, what can be kept, turns of a chat."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Open
from tests.conftest import CHATTER, EMBEDDER, SEER, Server
from tests.zoo.tiny import every

CLASSIFIER, BROKEN = "cards/sentiment", "cards/broken"
ANSWER_MS = 120_000
CARD = """---
pipeline_tag: text-classification
library_name: transformers
inference:
  parameters:
    top_k: 2
widget:
- text: I like it
  example_title: Praise
  group: Short
  output:
  - label: SHINY
    score: 0.75
  - label: DULL
    score: 0.25
- text: It is a table
  example_title: Furniture
  group: Long
  parameters:
    top_k: 1
- txt: misspelt
- text: " "
---
"""


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a model whose card has examples, and one whose weights are no weights."""
    home = tmp_path_factory.mktemp("cards")
    tiny = next(each for each in every() if each.tag == "text-classification")
    for name in (CLASSIFIER, BROKEN):
        folder = home / "models" / name
        tiny.build(folder)
        (folder / "README.md").write_text(CARD)
    (home / "models" / BROKEN / "model.safetensors").write_bytes(b"no weights")
    server = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    yield server
    server.stop()


def go(open_page: Open, server: Server, model: str, **query: str) -> Page:
    width = int(query.pop("width", 1280))
    page = open_page(f"{server.url}/?{urlencode({'model': model, **query})}", width=width)
    expect(page.locator("#run")).to_be_visible()
    return page


def example(page: Page, title: str) -> None:
    page.locator(".examples button").filter(has_text=title).click()


def computed(page: Page) -> None:
    expect(page.locator("#status")).to_contain_text("Computed in", timeout=ANSWER_MS)
    expect(page.locator("#run")).to_be_enabled()


def downloaded(page: Page, ending: str) -> tuple[str, str]:
    """The name and the text of what a link under the result downloads, by the keyboard."""
    with page.expect_download() as got:
        page.locator(f".exports a[download$='.{ending}']").press("Enter")
    return got.value.suggested_filename, Path(got.value.path()).read_text("utf-8-sig")


def test_the_authors_own_output_is_shown_without_a_call(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, CLASSIFIER)
    example(page, "Praise")
    expect(page.locator("#status")).to_contain_text("not computed here")
    expect(page.locator("#result")).to_contain_text("SHINY")
    expect(page.get_by_role("textbox", name=re.compile("^Text Text"))).to_have_value("I like it")
    name, text = downloaded(page, "json")
    assert name == "text-classification_sentiment.json"
    assert json.loads(text)[0][0] == {"label": "SHINY", "score": 0.75}
    page.locator("#run").click()
    computed(page)
    expect(page.locator("#result")).not_to_contain_text("SHINY")


def test_an_example_without_output_is_run_with_its_parameters(
    cards: Server, open_page: Open
) -> None:
    page = go(open_page, cards, CLASSIFIER)
    expect(page.locator(".group")).to_have_text(["Short", "Long"])
    page.get_by_role("button", name="Parameters").first.click()
    top_k = page.get_by_role("textbox", name=re.compile("^Top k"))
    expect(top_k).to_have_value("2")
    expect(page.get_by_text("From the model's card: top_k")).to_be_visible()
    example(page, "Furniture")
    computed(page)
    expect(top_k).to_have_value("1")
    expect(page.locator("#result .bars li")).to_have_count(1)
    page.locator("#reset").click()
    expect(top_k).to_have_value("2")


def test_a_rejected_example_says_why(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, CLASSIFIER)
    page.get_by_text("2 examples of the card cannot be used").click()
    rows = page.locator(".rejected li")
    expect(rows.nth(0)).to_contain_text("Example 3: it has none of text")
    expect(rows.nth(1)).to_contain_text("Example 4: Text: is empty")


def test_labels_are_copied_and_downloaded(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, CLASSIFIER)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    example(page, "Praise")
    expect(page.locator("#result")).to_contain_text("SHINY")
    copy, whole = page.locator(".exports [data-copy]").all()
    copy.press("Enter")
    expect(page.locator(".toast-line")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("label\tscore\nSHINY\t0.75")
    _, text = downloaded(page, "csv")
    assert list(csv.DictReader(text.splitlines()))[1] == {"label": "DULL", "score": "0.25"}
    whole.press("Enter")
    expect(page.locator(".toast-line")).to_have_text("Copied")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.startsWith('['))")


def test_a_picture_is_pasted_and_its_labels_kept(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, SEER, task="image-classification")
    page.wait_for_function("window.tagline")
    page.evaluate(
        """async () => {
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 64;
          canvas.getContext("2d").fillRect(0, 0, 32, 64);
          const blob = await new Promise((done) => canvas.toBlob(done));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([blob], "drawn.png", { type: "image/png" }));
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true });
          document.body.dispatchEvent(paste);
        }"""
    )
    expect(page.get_by_role("button", name="Remove Image")).to_be_visible()
    page.locator("#run").click()
    computed(page)
    name, _ = downloaded(page, "csv")
    assert name == "image-classification_efficientnet-lite0.csv"


def mark_old(page: Page) -> None:
    """What the status says now is not what `wait_answer` waits for."""
    page.locator("#status [role=status]").evaluate("each => each.dataset.old = ''")


def wait_answer(page: Page, turns: int) -> None:
    expect(page.locator("#result .bot.message")).to_have_count(turns)
    status = page.locator("#status [role=status]:not([data-old])")
    expect(status).to_contain_text("tokens/s", timeout=ANSWER_MS)
    expect(page.locator(".exports")).to_be_visible()


def test_a_turn_is_asked_again_and_changed(cards: Server, open_page: Open) -> None:
    prompt = "You answer in French."
    page = go(open_page, cards, CHATTER, max_tokens="6", system_prompt=prompt)
    expect(page.get_by_label(re.compile("before the conversation begins"))).to_have_value(prompt)
    box, chat = page.get_by_placeholder("Write a message"), page.locator("#result")
    for turn, words in enumerate(("First question", "Second question"), 1):
        box.fill(words)
        box.press("Enter")
        wait_answer(page, turn)
    mark_old(page)
    chat.get_by_role("button", name="Retry").click()
    wait_answer(page, 2)
    assert chat.locator(".user.message").count() == 2
    chat.get_by_role("button", name="Edit").first.click()
    chat.get_by_role("textbox").fill("Other question")
    mark_old(page)
    chat.get_by_role("button", name="Submit").click()
    expect(chat.get_by_text("Second question")).to_have_count(0)
    wait_answer(page, 1)
    expect(chat.get_by_text("Other question")).to_be_visible()
    expect(chat.get_by_text(prompt)).to_have_count(0)
    name, text = downloaded(page, "txt")
    assert (name, text) == ("conversational_SmolLM2-135M-Instruct.txt", text.strip("\n"))
    chat.get_by_role("button", name="Clear").click()
    expect(page.locator(".exports")).to_have_count(0)


def test_an_empty_turn_is_not_sent(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, CHATTER, max_tokens="6")
    page.get_by_placeholder("Write a message").fill("A question")
    page.locator("#run").click()
    wait_answer(page, 1)
    page.locator("#run").click()
    expect(page.locator("#status").get_by_role("alert")).to_have_text(re.compile("is empty"))
    assert page.locator("#result .user.message").count() == 1


def test_keys(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, CLASSIFIER)
    page.wait_for_function("window.tagline")
    text = page.get_by_role("textbox", name=re.compile("^Text Text"))
    text.fill("")
    text.press("?")
    text.press("/")
    expect(text).to_have_value("?/")
    text.blur()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Search for a model")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_label("Model", exact=True)).to_be_focused()


def test_a_model_that_fails_says_so_in_chinese(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, BROKEN, lang="zh", text="保留")
    expect(page.get_by_role("button", name="运行", exact=True)).to_be_visible()
    page.locator("#run").click()
    alert = page.locator("#status").get_by_role("alert")  # the model's card says it too, later
    expect(alert).to_contain_text("无法加载 cards/broken", timeout=ANSWER_MS)
    expect(alert.locator("[lang=en]")).to_have_count(0)
    expect(page.locator("textarea").first).to_have_value("保留")
    expect(page.locator("#run")).to_be_enabled()
    page.reload()
    expect(page.locator("textarea").first).to_have_value("保留")


def test_a_phone_in_chinese(cards: Server, open_page: Open) -> None:
    page = go(open_page, cards, CLASSIFIER, lang="zh", width="360")
    example(page, "Furniture")
    expect(page.locator("#status")).to_contain_text("用时", timeout=ANSWER_MS)
    expect(page.locator(".exports")).to_contain_text("复制")
    page.locator(".rejected summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


AGAIN = """() => {
  const run = document.getElementById("run");
  window.left = 3;
  new MutationObserver(() => {
    if (!run.disabled && window.left-- > 0) run.click();
  }).observe(run, { attributes: true, attributeFilter: ["disabled"] });
}"""  # a click at the very moment that Run can be clicked


def test_a_click_on_run_is_never_lost(server: Server, open_page: Open) -> None:
    page = go(open_page, server, EMBEDDER, task="feature-extraction", text="word")
    runs: list[str] = []
    page.on("request", lambda sent: runs.append(sent.url) if sent.url.endswith("/join?") else None)
    page.locator("#run").click()
    computed(page)
    once = len(runs)
    page.evaluate(AGAIN)
    page.locator("#run").click()
    page.wait_for_function("window.left < 0")
    computed(page)
    assert len(runs) == 5 * once
