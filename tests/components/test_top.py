"""The header of every page: the way past it, the theme, the language, and what a page is called."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Open
from tests.conftest import Server

OTHER = {"zh": "en-US", "en": "zh-CN"}


def is_dark(page: Page) -> bool:
    return bool(page.evaluate("document.body.classList.contains('dark')"))


def test_the_first_key_leads_past_the_header(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/machine")
    expect(page.locator("#memory .legend")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_the_theme_changes_at_once_and_is_remembered(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/tasks?q=image&__theme=light")
    expect(page.locator(".task:visible").first).to_be_visible()
    page.get_by_role("searchbox").fill("audio")
    page.get_by_role("button", name="Dark or light").click()
    page.wait_for_function("document.body.classList.contains('dark')")
    expect(page.get_by_role("searchbox")).to_have_value("audio")
    assert parse_qs(urlsplit(page.url).query) == {"q": ["audio"]}
    page.goto(f"{server.url}/machine?lang=en")
    expect(page.locator("#memory .legend")).to_be_visible()
    assert is_dark(page)
    assert parse_qs(urlsplit(page.url).query) == {"lang": ["en"]}


def test_the_language_changes_and_the_state_stays(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/tasks?tag=fill-mask&lang=en")
    expect(page.get_by_role("heading", name="Parameters")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="参数")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"tag": ["fill-mask"]}
    assert page.title() == "fill-mask · Tagline"
    page.get_by_role("link", name="机器").click()
    expect(page.locator("#hardware")).to_contain_text("硬件")
    assert page.title() == "机器 · Tagline"


@pytest.mark.parametrize(
    ("lang", "words"), {"zh": "将文件拖放到此处", "en": "Drop File Here"}.items()
)
def test_gradio_speaks_the_language_that_was_chosen(
    server: Server, open_page: Open, lang: str, words: str
) -> None:
    page = open_page("about:blank")
    page.context.add_init_script(
        f"Object.defineProperty(navigator, 'languages', {{ get: () => ['{OTHER[lang]}'] }});"
    )
    page.goto(f"{server.url}/dataset?lang={lang}")
    expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize("width", [1200, 360])
def test_the_link_of_this_page_is_in_sight(server: Server, open_page: Open, width: int) -> None:
    page = open_page(f"{server.url}/machine?lang=en", width=width)
    expect(page.get_by_role("link", name="Machine", exact=True)).to_be_in_viewport(ratio=1)
    hidden = page.locator(".top nav").evaluate("nav => nav.scrollWidth - nav.clientWidth")
    assert (hidden > 0) == (width == 360)


def test_a_button_asks_for_the_keys(server: Server, open_page: Open) -> None:
    page = open_page(server.url)
    help_ = page.get_by_role("button", name="Keyboard shortcuts")
    expect(help_).to_be_visible()
    assert help_.get_attribute("data-help") is not None
