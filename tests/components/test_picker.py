"""The search for a model and its card, in a real browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.components.conftest import Open
from tests.conftest import CHATTER, DIABETES, EMBEDDER, IRIS, Server
from tests.pipelines.models.fake_hub import Hub

LOAD_MS = 120_000
PICKLED, CODED, UNTAGGED, FOREIGN = "some/pickled", "some/coded", "some/untagged", "some/foreign"
BERT = {"architectures": ["BertForSequenceClassification"], "model_type": "bert"}
CARD = "---\npipeline_tag: {tag}\nlibrary_name: {library}\n---\n"


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    hub = Hub()
    about: dict[str, Any] = {"tag": "fill-mask", "library": "transformers"}
    hub.add("far/marvel-bert", {}, downloads=7, parameters=50_000_000, **about)
    hub.add("far/marvel-bert-huge", {}, downloads=9, parameters=11_000_000_000, **about)
    yield hub
    hub.close()


@pytest.fixture(scope="module")
def online(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may ask a Hub, has little memory, and models that will not load."""
    home = tmp_path_factory.mktemp("picker")
    models = home / "models"
    write(models / PICKLED, {"config.json": json.dumps(BERT), "pytorch_model.bin": "x"})
    write(models / CODED, {"handler.py": "", "README.md": CARD.format(tag="other", library="x")})
    write(models / UNTAGGED, {"config.json": "{}", "model.safetensors": ""})
    card = CARD.format(tag="text-classification", library="flair")
    write(models / FOREIGN, {"config.json": "{}", "README.md": card})
    variables = {"TAGLINE_OFFLINE": "0", "TAGLINE_HUB": hub.url, "TAGLINE_MEMORY_GB": "0.5"}
    server = Server(home, TAGLINE_MODELS_DIR=str(models), **variables).wait()
    try:
        yield server
    finally:
        server.stop()


def open_model(open_page: Open, server: Server, name: str, width: int = 1280, **query: str) -> Page:
    page = open_page(f"{server.url}/?{urlencode({'model': name, **query})}", width=width)
    expect(page.locator(".model-card")).to_have_attribute("data-model", name)
    expect(page.locator("#model input").first).to_have_attribute("placeholder", re.compile("."))
    return page


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Model", exact=True)


def options(page: Page) -> Locator:
    return page.get_by_role("option").filter(visible=True).and_(page.locator("#picker-list *"))


def say_where(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


# The search -------------------------------------------------------------------------------------


def test_who_types_before_the_page_is_ready_loses_nothing(online: Server, open_page: Open) -> None:
    page = open_page("about:blank")
    held: list[Route] = []
    page.route("**/look/picker.js*", lambda route: held.append(route))
    page.goto(online.url)
    page.locator("#model input[role=combobox]").fill(IRIS)
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    options(page).filter(has_text=IRIS).first.click()
    expect(page.locator(".model-card")).to_have_attribute("data-model", IRIS)


def test_search_filter_and_choose_by_key(online: Server, open_page: Open) -> None:
    page = open_model(open_page, online, EMBEDDER)
    expect(box(page)).to_have_value(EMBEDDER)
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Library").select_option("sklearn")
    expect(options(page)).to_have_count(2)
    expect(options(page).first).to_contain_text("sklearn")
    box(page).fill("diab")
    expect(options(page)).to_have_count(1)
    box(page).press("Enter")
    expect(page.locator(".model-card")).to_have_attribute("data-model", DIABETES)
    expect(page.locator("[data-task=tabular-regression]").first).to_be_visible()
    assert say_where(page)["model"] == [DIABETES]
    page.go_back()
    expect(page.locator(".model-card")).to_have_attribute("data-model", EMBEDDER)
    expect(box(page)).to_have_value(EMBEDDER)
    box(page).fill("whatever")
    box(page).press("Escape")
    expect(box(page)).to_have_value(EMBEDDER)
    expect(options(page)).to_have_count(0)


def test_the_hub_answers_while_one_types(online: Server, open_page: Open, hub: Hub) -> None:
    page = open_model(open_page, online, IRIS)
    box(page).fill("marvel")
    found = options(page).filter(has_text="on the Hub")
    expect(found).to_have_count(2)
    expect(found.first).to_contain_text("far/marvel-bert-huge")
    expect(found.first).to_contain_text("too large")
    expect(found.last).to_contain_text("fits")
    found.last.click()
    expect(page.get_by_role("alert")).to_contain_text("far/marvel-bert")  # its repository is empty
    hub.sick = 500
    try:
        box(page).fill("marv")
        expect(options(page)).to_have_count(0)
        expect(page.locator("#picker-list")).to_contain_text("No model found")
    finally:
        hub.sick = None


def test_stars_and_recent_models_are_kept(online: Server, open_page: Open) -> None:
    page = open_model(open_page, online, DIABETES)
    page.get_by_role("button", name="Star").click()
    page.goto(f"{online.url}/?model={EMBEDDER}")
    page.wait_for_function("(id) => localStorage['tagline.recent'].includes(id)", arg=EMBEDDER)
    expect(page.locator(".model-star")).to_have_attribute("aria-pressed", "false")
    page.goto(f"{online.url}/?model={IRIS}")
    expect(page.locator(".model-card")).to_have_attribute("data-model", IRIS)
    page.reload()
    expect(page.locator(".model-card")).to_have_attribute("data-model", IRIS)
    box(page).click()
    expect(page.get_by_role("group", name="Starred").get_by_role("option")).to_contain_text(
        DIABETES
    )
    expect(page.get_by_role("group", name="Recent")).to_contain_text(EMBEDDER)


# The card ---------------------------------------------------------------------------------------


def test_the_card_says_what_a_model_is(online: Server, open_page: Open) -> None:
    page = open_model(open_page, online, EMBEDDER)
    card = page.locator(".model-card")
    for fact in ("sentence-transformers", "22.7M", "apache-2.0", " MB", "CPU"):
        expect(card.locator(".model-facts")).to_contain_text(fact)
    expect(card.locator(".model-line")).to_contain_text(re.compile("memory.+ are free"))
    card.locator("[data-do=pin]").click()
    expect(card).to_have_attribute("data-model", re.compile(rf"^{EMBEDDER}@local-\w+$"))
    pinned = say_where(page)["model"]
    page.reload()
    expect(card).to_have_attribute("data-model", pinned[0])
    expect(page.locator("#run")).to_be_visible()
    card.get_by_role("button", name="Unpin").click()
    expect(card).to_have_attribute("data-model", EMBEDDER)


def test_load_and_unload(online: Server, open_page: Open) -> None:
    page = open_model(open_page, online, IRIS)
    state = page.locator(".model-state .pill")
    expect(state).to_have_text("Not loaded")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(state).to_have_text("Ready", timeout=LOAD_MS)
    expect(page.locator(".model-line")).to_contain_text("of memory")
    page.get_by_role("button", name="Unload").click()
    expect(state).to_have_text("Not loaded", timeout=LOAD_MS)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (PICKLED, "TAGLINE_TRUSTED_PICKLE"),
        (CODED, "TAGLINE_TRUSTED_CODE"),
        (UNTAGGED, "pipeline_tag: text-classification"),
        (FOREIGN, "library flair"),
        (CHATTER, "too large for this machine"),
    ],
)
def test_a_model_that_will_not_load_says_why(
    online: Server, open_page: Open, model: str, why: str
) -> None:
    page = open_model(open_page, online, model)
    expect(page.get_by_role("alert")).to_contain_text("will not load here")
    expect(page.get_by_role("alert")).to_contain_text(why)


def test_a_page_is_shared(online: Server, open_page: Open) -> None:
    page = open_model(open_page, online, IRIS, lang="en")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share this page")
    link = dialog.get_by_label("Link", exact=True)
    expect(link).to_have_value(f"{online.url}/?{urlencode({'model': IRIS})}")
    code = dialog.get_by_role("img", name="QR code of the link")
    expect(code).to_be_visible()
    page.wait_for_function("document.querySelector('dialog img').naturalWidth > 50")
    expect(dialog).to_contain_text("Only this machine can open it")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_a_phone_in_chinese(online: Server, open_page: Open) -> None:
    page = open_model(open_page, online, PICKLED, width=360, lang="zh")
    expect(page.get_by_role("alert")).to_contain_text("无法在这里加载")
    expect(page.locator(".model-state .pill")).to_have_text("未加载")
    page.get_by_role("combobox", name="模型", exact=True).click()
    expect(page.get_by_role("group", name="在这台机器上")).to_contain_text(EMBEDDER)
    page.get_by_role("button", name="筛选").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "__i18n__" not in page.content()
