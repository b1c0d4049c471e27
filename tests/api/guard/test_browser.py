"""A real Chromium signs in, works, and signs out."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.guard.servers import Guarded
from tests.components.browser import WAIT_MS, chromium
from tests.conftest import EMBEDDER, SAMPLES, SEER

expect.set_options(timeout=WAIT_MS)
DONE = re.compile("Computed in")
ANSWER_MS = 120_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


def sign_in(page: Page, secret: str) -> None:
    """With the keyboard alone: the box has the focus."""
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.insert_text(secret)
    page.keyboard.press("Enter")


def on_the_form(page: Page) -> None:
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.get_by_label("Token")).to_be_visible()


def test_from_the_form_to_an_answer_and_out(protected: Guarded, context: BrowserContext) -> None:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    got: list[tuple[str, int]] = []
    page.on("response", lambda each: got.append((urlsplit(each.url).path, each.status)))
    wanted = f"{protected.url}/?model={EMBEDDER}&task=sentence-similarity"
    page.goto(wanted)
    on_the_form(page)
    sign_in(page, protected.secret)
    expect(page).to_have_url(wanted)
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    page.goto(f"{protected.url}/?model={SEER}")
    page.locator("input[type=file]").first.set_input_files(str(SAMPLES / "cat.jpg"))
    expect(page.get_by_role("button", name="Remove Image")).to_be_visible()
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text(DONE, timeout=ANSWER_MS)
    assert ("/gradio_api/upload", 200) in got
    assert not [each for each in got if each[1] in (401, 403)]
    assert not errors
    page.get_by_role("button", name="Sign out").click()
    on_the_form(page)
    assert context.cookies() == []
    page.goto(wanted)
    on_the_form(page)


def test_an_error_says_what_to_do(protected: Guarded, context: BrowserContext) -> None:
    context.set_extra_http_headers({"x-forwarded-for": "203.0.113.30"})
    page = context.new_page()
    page.goto(f"{protected.url}/machine")
    sign_in(page, "tgl_1_wrong")
    expect(page.get_by_role("alert")).to_contain_text("Check that the whole of it was copied")
    sign_in(page, protected.secret)
    expect(page).to_have_url(f"{protected.url}/machine")


def test_without_javascript(protected: Guarded, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{protected.url}/docs", timeout=WAIT_MS)
    sign_in(page, protected.secret)
    expect(page).to_have_url(f"{protected.url}/docs")
    context.close()


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}},
    "chinese": {"locale": "zh-CN", "viewport": {"width": 390, "height": 800}},
}


@pytest.mark.parametrize("look", LOOKS)
def test_its_looks(protected: Guarded, browser: Browser, look: str) -> None:
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    page.goto(protected.url, timeout=WAIT_MS)
    words = "登录" if look == "chinese" else "Sign in"
    expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") is (look != "dark")
    context.close()


def test_a_session_ends_while_its_page_is_open(protected: Guarded, context: BrowserContext) -> None:
    secret, _ = protected.tokens.create("guest", "read")
    page = context.new_page()
    page.goto(f"{protected.url}/machine")
    sign_in(page, secret)
    expect(page.locator("#memory")).to_contain_text("free")
    protected.tokens.revoke("guest")
    told = page.get_by_role("alert").filter(has_text="You are no longer signed in")
    expect(told).to_be_visible()
    told.get_by_role("link").click()
    expect(page.get_by_role("alert")).to_contain_text("Sign in again to go on")
    sign_in(page, protected.secret)
    expect(page).to_have_url(f"{protected.url}/machine")
    expect(page.locator("#memory")).to_contain_text("free")


OTHER_PAGE = """<script>
const ask = (path, how) => fetch(SERVER + path, {credentials: "include", ...how})
  .then(() => "sent", () => "stopped");
window.done = Promise.all([
  ask("/sign-out", {method: "POST", mode: "no-cors"}),
  ask("/gradio_api/reset", {method: "POST", mode: "no-cors", body: "{}"}),
  ask("/v1/models", {}),
]);
</script>"""


@pytest.fixture
def other_site(protected: Guarded) -> Iterator[int]:
    """The port of a server whose page tries to use ours."""
    page = OTHER_PAGE.replace("SERVER", f'"{protected.url}"').encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield site.server_address[1]
        site.shutdown()


@pytest.mark.parametrize(("name", "status"), [("localhost", 401), ("127.0.0.1", 403)])
def test_a_page_of_another_site(
    protected: Guarded, context: BrowserContext, other_site: int, name: str, status: int
) -> None:
    """To a browser the second is of the same site as ours, so it sends our cookie along."""
    page = context.new_page()
    page.goto(protected.url)
    sign_in(page, protected.secret)
    expect(page.locator("#run")).to_be_visible()
    other = context.new_page()
    got: dict[str, int] = {}
    other.on("response", lambda each: got.update({urlsplit(each.url).path: each.status}))
    other.goto(f"http://{name}:{other_site}/")
    assert other.evaluate("window.done")[2] == "stopped"
    assert got["/sign-out"] == 403
    assert got["/gradio_api/reset"] == status
    page.reload()
    expect(page.locator("#run")).to_be_visible()  # still signed in
