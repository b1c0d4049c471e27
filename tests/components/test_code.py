"""The section of code under a panel: by keyboard, in both themes, on a phone."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from components import code
from pipelines.settings import Settings
from tests.components.axe import violations
from tests.components.conftest import Open
from tests.conftest import CHATTER, SAMPLES, SEER, Serve, Server

LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (360, "light")}


def opened(open_page: Open, server: Server, width: int = 1280, **query: str) -> Page:
    """A panel whose section is opened by key."""
    page = open_page(f"{server.url}/?{urlencode(query)}", width=width)
    expect(page.locator("#run")).to_be_visible()
    section = page.get_by_role("button", name="Use in code")
    section.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#code .cm-content")).to_be_visible()
    return page


def shown(page: Page) -> str:
    return page.locator("#code .cm-content").inner_text()


def choose(page: Page, title: str) -> None:
    page.get_by_label("Client", exact=True).click()
    page.get_by_role("option", name=title, exact=True).click()


def test_nothing_is_written_before_it_is_opened(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/?{urlencode({'model': CHATTER})}")
    expect(page.locator("#run")).to_be_visible()
    page.wait_for_timeout(500)
    assert page.locator("#code .cm-content").count() == 0
    assert "requests.post" not in page.content()


def test_code_without_a_server_tells_of_its_number_format(server: Server, open_page: Open) -> None:
    page = opened(open_page, server, model=CHATTER, task="text-generation", text="Once")
    expect(page.locator("#code")).not_to_contain_text("computes in")
    choose(page, "Python: no server")
    expect(page.locator("#code")).to_contain_text(re.compile("This server computes in b?float"))
    assert "from_pretrained" in shown(page)


def test_it_follows_what_stands_in_the_boxes(server: Server, open_page: Open) -> None:
    page = opened(open_page, server, model=CHATTER, task="text-generation")
    expect(page.locator("#code")).to_contain_text("The boxes are empty")
    page.get_by_role("textbox", name=re.compile("^Text")).first.fill('He said "no"; $(id)')
    page.get_by_role("button", name="Update").click()
    expect(page.locator("#code .cm-content")).to_contain_text("He said")
    assert """'He said "no"; $(id)'""" in shown(page)
    assert "The boxes are empty" not in page.locator("#code").inner_text()
    assert "stream" not in shown(page)
    page.get_by_label("Piece by piece").check()
    expect(page.locator("#code .cm-content")).to_contain_text("response.iter_lines()")
    page.get_by_label("With a token").check()
    expect(page.locator("#code .cm-content")).to_contain_text("API_TOKEN")
    assert server.url in shown(page)


def test_the_client_is_remembered(server: Server, open_page: Open) -> None:
    page = opened(open_page, server, model=CHATTER, task="conversational")
    choose(page, "Python: openai")
    expect(page.locator("#code .cm-content")).to_contain_text("client.chat.completions.create(")
    page.reload()
    expect(page.locator("#run")).to_be_visible()
    page.get_by_role("button", name="Use in code").click()
    expect(page.locator("#code .cm-content")).to_contain_text("client.chat.completions.create(")
    # A task that this client has not gets another one, and the memory stays.
    page.goto(f"{server.url}/?{urlencode({'model': SEER})}")
    expect(page.locator("#run")).to_be_visible()
    page.get_by_role("button", name="Use in code").click()
    expect(page.locator("#code .cm-content")).to_contain_text("requests.post(")
    assert page.evaluate(f"localStorage.getItem('{code.KEY}')") == "openai"


def test_a_file_is_had_beside_the_code(server: Server, open_page: Open) -> None:
    page = opened(open_page, server, model=SEER)
    page.locator(".try input[type=file]").first.set_input_files(SAMPLES / "coffee.jpg")
    expect(page.locator(".try img").first).to_be_visible()
    page.get_by_role("button", name="Update").click()
    expect(page.locator("#code .cm-content")).to_contain_text("coffee.jpg")
    with page.expect_download() as waiting:
        page.locator(".code-files a").click()
    assert waiting.value.path().read_bytes() == (SAMPLES / "coffee.jpg").read_bytes()


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_for_everybody(server: Server, open_page: Open, look: str) -> None:
    width, theme = LOOKS[look]
    page = opened(open_page, server, width, model=SEER, __theme=theme)
    page.wait_for_timeout(500)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_who_asks_for_a_token_has_it_in_the_code(serve: Serve) -> None:
    assert code.served(Settings(level="protected")) == code.Served(signed=True, trusting=False)
    assert code.served(Settings(level="public")) == code.Served(signed=False, trusting=False)
    assert code.served(Settings()) == code.Served(signed=False, trusting=True)
