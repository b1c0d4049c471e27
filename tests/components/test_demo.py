"""One model's widget and nothing else, in a real browser: by an address, by a server of its own,
and within pages of others."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from components import embedding
from tests.components.axe import violations
from tests.components.browser import WAIT_MS
from tests.components.conftest import Open
from tests.conftest import SEER, Serve, Server

DIGITS = "tagline/digits-vit"
NEAR, FAR = "127.0.0.1", "127.0.0.2"  # a page of the second is no page of ours
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
    code = dialog.locator("code[data-frame]").inner_text()
    assert f'title="{DIGITS}"' in code
    assert "demo=1" in code
    assert f"{server.url}/?" in code


def alone_in(frame: Any) -> None:
    expect(frame.locator("#run")).to_be_visible(timeout=WAIT_MS)
    expect(frame.locator(".top").locator("visible=true")).to_have_count(0)


# Within pages of others -------------------------------------------------------------------------


def page_of(folder: Path, host: str, address: str) -> ThreadingHTTPServer:
    """Another site at `host`, whose one page holds `address`."""
    folder.mkdir()
    (folder / "index.html").write_text(embedding.iframe(address, "demo"))
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    running = ThreadingHTTPServer((host, 0), partial(quiet, directory=str(folder)))
    Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    return running


def look(browser: Browser, folder: Path, host: str, server: Server) -> bool:
    """Whether a page at `host` shows the widget of `server`; else the browser says why not."""
    site = page_of(folder, host, f"{server.url}/?model={DIGITS}&demo=1")
    context = browser.new_context()
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda line: told.append(line.text))
    try:
        page.goto(f"http://{host}:{site.server_port}/", wait_until="load")
        if any("frame-ancestors" in line for line in told):
            expect(page.frame_locator("iframe").locator("#run")).to_have_count(0)
            return False
        alone_in(page.frame_locator("iframe"))
        return True
    finally:
        context.close()
        site.shutdown()
        site.server_close()


def test_a_server_of_this_machine(browser: Browser, server: Server, tmp_path: Path) -> None:
    assert look(browser, tmp_path / "near", NEAR, server)
    assert not look(browser, tmp_path / "far", FAR, server)


@pytest.mark.parametrize(("level", "shown"), [("public", True), ("protected", False)])
def test_a_server_of_a_level(
    browser: Browser, serve: Serve, tmp_path: Path, level: str, shown: bool
) -> None:
    running = serve("--level", level, "--host", "127.0.0.1").wait()
    assert look(browser, tmp_path / "far", FAR, running) is shown
