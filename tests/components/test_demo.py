"""One model's widget and nothing else, in a real browser: by an address, by a server of its own,
and within pages of others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from components import embedding
from tests.components.axe import violations
from tests.components.browser import WAIT_MS
from tests.components.conftest import Open
from tests.conftest import SEER, Serve, Server
from tests.docs.pages import Snippet, snippets
from tests.loopback import Loopback

DIGITS = "tagline/digits-vit"
NEAR, FAR = "127.0.0.1", "127.0.0.2"  # a page of the second is in no frame's list
OTHER = "other.localhost"  # which Chromium finds on this machine, and the server takes for far
RUN_MS = 120_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("demo"), "--demo", "--model", DIGITS).wait()
    yield running
    running.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_demo_shows_its_widget_alone(demo: Server, open_page: Open, theme: str) -> None:
    page = open_page(f"{demo.url}/?__theme={theme}", width=360)
    alone(page, DIGITS)
    expect(page.locator(".demo-head a")).to_have_count(0)
    assert violations(page) == []
    page.get_by_role("button", name="A digit").click()
    expect(page.locator("#status")).to_contain_text("Computed in", timeout=RUN_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_demo_tells_of_a_model_that_it_has_not(demo: Server, open_page: Open) -> None:
    page = open_page(f"{demo.url}/?model={SEER}")
    expect(page.locator(".problem")).to_contain_text("serves that model alone")


def alone(page: Page, id: str) -> None:
    """Nothing leads away, loads or keeps; the widget is there."""
    expect(page.get_by_role("heading", level=1)).to_have_text(id)
    expect(page.locator("#run")).to_be_visible()
    for gone in (".top", "#model", ".model-card", ".keep", "#link", "[data-do]"):
        expect(page.locator(gone).locator("visible=true")).to_have_count(0)
    page.wait_for_function("(title) => document.title === title", arg=f"{id} · Tagline")


# The same by an address -------------------------------------------------------------------------


def test_an_address_shows_the_widget_alone(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/?model={DIGITS}&demo=1&lang=zh")
    alone(page, DIGITS)
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("用时", timeout=RUN_MS)
    page.reload()  # a run keeps the address
    alone(page, DIGITS)
    link = page.get_by_role("link", name="在 Tagline 中打开")
    assert "demo" not in str(link.get_attribute("href"))
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.includes('run'))") == []


def test_the_dialog_has_code_that_embeds(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/?model={DIGITS}")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("In another page").click()
    frame, element = dialog.locator("code[data-embed]").all_inner_texts()
    assert f'title="{DIGITS}"' in frame
    assert "demo=1" in frame
    assert f"{server.url}/?" in frame
    assert element == embedding.element(server.url, DIGITS, "image-classification")


def alone_in(frame: Any) -> None:
    expect(frame.locator("#run")).to_be_visible(timeout=WAIT_MS)
    expect(frame.locator(".top").locator("visible=true")).to_have_count(0)


# Within pages of others -------------------------------------------------------------------------


class Served(SimpleHTTPRequestHandler):
    folder = ""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given, directory=self.folder)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Site(Loopback):
    """Another site at `host`, with one page."""

    def __init__(self, folder: Path, host: str = NEAR) -> None:
        folder.mkdir()
        self.folder = folder
        super().__init__(Served, NEAR if host == OTHER else host, folder=str(folder))
        self.origin = f"http://{host}:{self.port}"

    def write(self, code: str) -> None:
        text = f"<!doctype html><title>Mine</title><h1>My page</h1>{code}<p>The end</p>"
        (self.folder / "index.html").write_text(text)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(host: str = NEAR) -> Site:
        made.append(Site(tmp_path / f"site-{len(made)}", host))
        return made[-1]

    yield make
    for each in made:
        each.close()


@contextmanager
def visit(browser: Browser, site: Site, **how: Any) -> Iterator[tuple[Page, list[str]]]:
    """A site's page, and what the browser says of it in its console."""
    context = browser.new_context(**how)
    page, told = context.new_page(), list[str]()
    page.set_default_timeout(WAIT_MS)
    page.on("console", lambda line: told.append(line.text))
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    try:
        page.goto(site.origin, wait_until="load")
        yield page, told
    finally:
        context.close()


def look(browser: Browser, site: Site, server: Server) -> bool:
    """Whether a page of the site shows the widget of `server` in a frame; else the browser says
    why not."""
    site.write(embedding.iframe(f"{server.url}/?model={DIGITS}&demo=1", "demo"))
    with visit(browser, site) as (page, told):
        if any("frame-ancestors" in line for line in told):
            expect(page.frame_locator("iframe").locator("#run")).to_have_count(0)
            return False
        alone_in(page.frame_locator("iframe"))
        return True


def test_a_server_of_this_machine(
    browser: Browser, server: Server, sites: Callable[..., Site]
) -> None:
    assert look(browser, sites(), server)
    assert not look(browser, sites(FAR), server)


@pytest.mark.parametrize(("level", "shown"), [("public", True), ("protected", False)])
def test_a_server_of_a_level(
    browser: Browser, serve: Serve, sites: Callable[..., Site], level: str, shown: bool
) -> None:
    running = serve("--level", level, "--host", "127.0.0.1").wait()
    assert look(browser, sites(FAR), running) is shown


# Drawn by pages of others -----------------------------------------------------------------------

ELEMENT = "gradio-app"


def put(site: Site, server: Server, model: str, task: str) -> None:
    site.write(embedding.element(server.url, model, task))


@pytest.mark.parametrize(("language", "words"), [("en", "Computed in"), ("zh-CN", "用时")])
def test_the_component_draws_the_widget(
    browser: Browser, server: Server, sites: Callable[..., Site], language: str, words: str
) -> None:
    """A picture with boxes on it, whose files come from the server, not from the page's site."""
    site = sites()
    put(site, server, "tagline/mtcnn", "object-detection")
    with visit(browser, site, viewport={"width": 360, "height": 800}, locale=language) as (
        page,
        told,
    ):
        held = page.locator(ELEMENT)
        expect(held.get_by_role("heading", level=1)).to_have_text("tagline/mtcnn")
        expect(held.locator(".top, #model, #link, .keep").locator("visible=true")).to_have_count(0)
        held.locator(".examples button").first.click()
        expect(held.locator("#status")).to_contain_text(words, timeout=RUN_MS)
        shown = held.locator(".seen image").first
        expect(shown).to_be_visible()
        assert page.evaluate("(url) => fetch(url).then((a) => a.ok)", shown.get_attribute("href"))
        link = held.get_by_role("link", name="Tagline").get_attribute("href")
        assert str(link).startswith(f"{server.url}/?model=tagline/mtcnn")
        with page.expect_download() as kept:
            held.locator("a[download$='.json']").click()
        assert '"label":"face"' in kept.value.path().read_text().replace(" ", "")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        left_alone(page, site)
        assert [line for line in told if "favicon" not in line and "404" not in line] == []


def left_alone(page: Page, site: Site) -> None:
    """The page that holds it is as it was: its address, title, classes, and colour."""
    assert page.url == f"{site.origin}/"
    assert page.title() == "Mine"
    assert page.evaluate("document.documentElement.className + document.body.className") == ""
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.evaluate("document.documentElement.style.visibility") == ""
    expect(page.get_by_text("The end")).to_be_visible()


def test_the_component_lists_by_which_pages_may(
    browser: Browser, serve: Serve, sites: Callable[..., Site]
) -> None:
    """At any level, those that the settings list: the page itself reads what the server answers."""
    listed, stranger = sites(OTHER), sites(OTHER)
    running = serve("--level", "public", "--host", "127.0.0.1", "--allow-origins", listed.origin)
    running.wait()
    for site, shown in ((listed, True), (stranger, False)):
        put(site, running, DIGITS, "image-classification")
        with visit(browser, site) as (page, told):
            if shown:
                expect(page.locator(ELEMENT).locator("#run")).to_be_visible()
                continue
            wait_for(told, "blocked by CORS policy", page)
            assert page.evaluate("customElements.get('gradio-app')") is None


def wait_for(told: list[str], words: str, page: Page) -> None:
    """Until the browser has said so."""
    for _ in range(WAIT_MS // 100):
        if any(words in line for line in told):
            return
        page.wait_for_timeout(100)
    raise AssertionError(told)


def test_the_component_says_what_is_not_here(
    browser: Browser, demo: Server, sites: Callable[..., Site]
) -> None:
    site = sites()
    put(site, demo, SEER, "image-classification")
    with visit(browser, site) as (page, _):
        told = page.locator(ELEMENT).locator(".problem")
        expect(told).to_contain_text("serves that model alone")


@pytest.mark.parametrize("snippet", snippets("html"), ids=str)
def test_what_the_pages_show(
    browser: Browser, server: Server, sites: Callable[..., Site], snippet: Snippet
) -> None:
    site = sites()
    site.write(snippet.against(server.url))
    with visit(browser, site) as (page, _):
        expect(page.locator(ELEMENT).locator("#run")).to_be_visible()
