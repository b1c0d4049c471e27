"""The runs that a browser remembers, and the links of those that are kept, in a real browser."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from api import look
from components import inputs as widgets
from components import opening, rows
from pipelines import registry, samples
from pipelines.recent import Run, pack, unpack
from pipelines.settings import Limits
from pipelines.slots import slots
from store.database import connect
from store.tokens import Tokens
from tests.components.conftest import Open
from tests.conftest import CHATTER, EMBEDDER, SEER, Serve, Server

ANSWER_MS = 120_000
DONE = re.compile(r"Computed in|tokens/s")
ALIKE = {"model": EMBEDDER, "task": "sentence-similarity", "sentences": "A happy dog\nRain"}
TOO_LARGE = {"TAGLINE_MEMORY_GB": "0.2"}


def address(server: Server, path: str = "/", **query: str) -> str:
    return f"{server.url}{path}?{urlencode(query)}"


# Whether this browser has written a run down
REMEMBERED = f"async () => (await (await import('{look.address('runs')}')).all()).length > 0"


def run(page: Page) -> None:
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    expect(page.locator("#keep button").first).to_be_visible()


def run_alike(page: Page, server: Server, sentence: str) -> None:
    page.goto(address(server, **ALIKE, source_sentence=sentence))
    run(page)


def keep(page: Page) -> str:
    """The permanent link."""
    page.get_by_role("button", name="Keep this result").click()
    return page.get_by_label("Permanent link").input_value()


def history(page: Page, server: Server, count: int, **query: str) -> Locator:
    """The runs that are listed."""
    page.goto(address(server, "/history", **query))
    found = page.locator(".run")
    expect(found).to_have_count(count)
    return found


def box(page: Page, label: str) -> Locator:
    return page.get_by_role("textbox", name=re.compile(f"^{label}"))


def exported(page: Page, name: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Export as {name}").click()
    return Path(download.value.path()).read_text(encoding="utf-8")


# The list ---------------------------------------------------------------------------------------


def test_runs_are_found_marked_and_exported(server: Server, open_page: Open) -> None:
    page = open_page(server.url)
    run_alike(page, server, "=A merry person")
    run_alike(page, server, "Clouds & <b>sun</b>")
    found = history(page, server, 2)
    expect(found.first).to_contain_text("Clouds & <b>sun</b> · A happy dog · Rain")
    expect(page.get_by_role("status").filter(has_text="2 of 2 runs")).to_be_visible()
    page.get_by_role("searchbox").fill("merry DOG")
    expect(found).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query)["q"] == ["merry DOG"]
    found.locator("summary").click()
    expect(found).to_contain_text(f"{EMBEDDER}@")
    expect(found).to_contain_text(re.compile(r"tagline \d.*transformers \d.*torch \d"))
    note = page.get_by_label("Note")
    note.fill("Too low")
    note.blur()
    page.get_by_role("button", name="Bad").click()
    expect(page.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Star").click()
    expect(page.get_by_role("button", name="Star")).to_have_attribute("aria-pressed", "true")
    history(page, server, 1, show="starred")
    found = history(page, server, 1, show="bad")
    found.locator("summary").click()
    expect(page.get_by_label("Note")).to_have_value("Too low")
    (line,) = exported(page, "JSONL").splitlines()
    told = json.loads(line)
    assert told["inputs"]["source_sentence"] == "=A merry person"
    assert (told["flag"], told["note"], told["starred"]) == ("bad", "Too low", True)
    assert len(json.loads(told["result"])) == 2
    page.get_by_label("Show").select_option("")
    table = list(csv.DictReader(io.StringIO(exported(page, "CSV").removeprefix("\ufeff"))))
    assert [row["flag"] for row in table] == ["", "bad"]
    assert json.loads(table[0]["inputs"])["source_sentence"] == "Clouds & <b>sun</b>"


def test_a_run_goes_back_to_the_inputs(server: Server, open_page: Open) -> None:
    page = open_page(address(server, **ALIKE, source_sentence="Back again"))
    run(page)
    history(page, server, 1).locator("summary").click()
    page.get_by_role("button", name="Send back").click()
    expect(box(page, "Source sentence")).to_have_value("Back again")
    expect(box(page, "Sentences")).to_have_value(ALIKE["sentences"])


def test_a_picture_goes_back_too(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=SEER, task="image-classification", top_k="2"))
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    expect(page.locator("#keep button")).to_be_visible()
    found = history(page, server, 1)
    expect(found.locator("summary img")).to_be_visible()
    found.locator("summary").click()
    page.get_by_role("button", name="Send back").click()
    page.wait_for_url("**/?again=*")
    expect(page.get_by_test_id("image").locator("img")).to_be_visible()
    run(page)
    assert len(history(page, server, 2).all()) == 2
    page.goto(address(server, again="nonesuch", model=SEER))
    expect(page.get_by_role("alert")).to_contain_text("Choose the files again")
    expect(page.locator("#run")).to_be_visible()


def test_deleting(server: Server, open_page: Open) -> None:
    page = open_page(address(server, "/history"))
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.get_by_role("link", name="Go to the Playground")).to_be_visible()
    for sentence in ("One", "Two", "Three"):
        run_alike(page, server, sentence)
    found = history(page, server, 3)
    found.first.locator("summary").click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(found).to_have_count(3)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(found).to_have_count(2)
    expect(found.first).to_contain_text("Two")
    page.get_by_role("button", name="Delete all").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_in_chinese_on_a_phone_and_a_run_that_failed(serve: Serve, open_page: Open) -> None:
    server = serve(**TOO_LARGE).wait()
    query = {"model": CHATTER, "task": "text-generation", "text": "你好"}
    page = open_page(address(server, **query, lang="zh"), width=360)
    page.locator("#run").click()
    expect(page.locator("#status .problem")).to_contain_text("TAGLINE_MEMORY_GB", timeout=ANSWER_MS)
    page.wait_for_function(REMEMBERED)  # a page that is left writes nothing more
    page.goto(address(server, "/history"))
    expect(page.get_by_role("heading", name="你的运行记录")).to_be_visible()
    found = page.locator(".run")
    expect(found).to_contain_text("失败")
    found.locator("summary").click()
    expect(found).to_contain_text("TAGLINE_MEMORY_GB")
    expect(page.get_by_role("button", name="送回输入框")).to_be_visible()
    expect(page.get_by_role("button", name="保留这个结果")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(address(server, run="nonesuch"))
    expect(page.get_by_role("alert").filter(has_text="这个地址没有保留的运行")).to_be_visible()
    expect(page.locator("#run")).to_be_visible()


# Permanent links --------------------------------------------------------------------------------


def test_a_link_opens_the_same_result_elsewhere(server: Server, open_page: Open) -> None:
    page = open_page(address(server, **ALIKE, source_sentence="Kept"))
    run(page)
    shown = page.locator("#result").inner_text()
    link = keep(page)
    other = open_page(link)
    expect(other.locator("#status")).to_contain_text(f"by {EMBEDDER}@")
    expect(other.locator("#result")).to_contain_text("A happy dog")
    assert other.locator("#result").inner_text() == shown
    expect(box(other, "Source sentence")).to_have_value("Kept")
    history(other, server, 0)  # it is not a run of that browser
    other.goto(link)
    run(other)
    assert "run=" not in other.url
    found = history(page, server, 1, show="kept")
    found.locator("summary").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Stop keeping it").click()
    expect(page.get_by_role("button", name="Keep this result")).to_be_visible()
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("No run is kept at this address")
    expect(other.locator("#run")).to_be_visible()


def test_a_kept_conversation_goes_on(server: Server, open_page: Open) -> None:
    page = open_page(address(server, model=CHATTER, task="conversational", max_tokens="4"))
    box(page, "Your message").fill("Say hello")
    run(page)
    other = open_page(keep(page))
    expect(other.locator("#result")).to_contain_text("Say hello")
    expect(box(other, "Your message")).to_have_value("")
    box(other, "Your message").fill("And again")
    run(other)
    expect(other.locator("#result")).to_contain_text("Say hello")
    history(other, server, 1).locator("summary").click()
    other.get_by_role("button", name="Send back").click()
    expect(box(other, "Your message")).to_have_value("And again")
    expect(other.locator("#result")).to_contain_text("Say hello")
    expect(other.locator("#result")).not_to_contain_text("And again")


def test_a_token_s_link_is_its_own_until_it_is_shared(
    serve: Serve, open_page: Open, tmp_path: Path
) -> None:
    server = serve("--level", "protected", "--host", "127.0.0.1").wait()
    tokens = Tokens(connect(f"sqlite:///{tmp_path / 'home' / 'tagline.db'}"))
    pages = []
    for name in ("owner", "other"):
        page = open_page(f"{server.url}/health")
        secret, _ = tokens.create(name, "read")
        page.set_extra_http_headers({"authorization": f"Bearer {secret}"})
        pages.append(page)
    owner, other = pages
    run_alike(owner, server, "Mine")
    link = keep(owner)
    expect(owner.get_by_text("Only your token opens this link")).to_be_visible()
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("private to the token")
    owner.get_by_role("button", name="Share with all who sign in").click()
    expect(owner.get_by_text("Whoever has this link sees it")).to_be_visible()
    other.goto(link)
    expect(box(other, "Source sentence")).to_have_value("Mine")
    tokens.engine.dispose()


# In pieces --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", registry.TASKS)
def test_what_is_kept_of_every_task_fills_its_widgets(tag: str) -> None:
    task = registry.get(tag)
    for sample in samples.of_task(task)[:1]:
        row = task.validate(task.inputs, samples.as_raw(sample.inputs), "inputs", Limits())
        run = unpack(pack(Run(tag, "org/m", "r", row.model_dump(), {})))
        opened = opening.read(run, Limits())
        given = opened.given()
        for slot in slots(task.inputs):
            if slot.kind in ("text", "line", "lines", "number", "image", "audio", "video"):
                assert widgets.of(slot).read(given.get(slot.name)) == run.inputs[slot.name]
        told = json.loads(json.dumps(rows.told(row)))
        assert told.keys() == rows.fields(row).keys()


def test_a_browser_remembers_so_many_bytes_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    task = registry.get("image-classification")
    cat = samples.of_task(task)[0]
    row = task.validate(task.inputs, samples.as_raw(cat.inputs), "inputs", Limits())
    whole = rows.told(row)["image"]
    assert whole["data"].startswith("data:image/jpeg;base64,")
    monkeypatch.setattr(rows, "MOST", whole["bytes"] - 1)
    assert rows.told(row)["image"] == {"file": "image", "bytes": whole["bytes"]}
