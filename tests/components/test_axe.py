"""What holds for every page in both languages: nothing shuts anybody out, no marker of Gradio's
translation is seen, and no page speaks the other language."""

import pytest
from playwright.sync_api import Page, expect

from api.texts import LANGUAGES, tables
from components.top import PAGES
from tests.components.axe import violations
from tests.components.conftest import Open
from tests.conftest import Server

DRAWN_MS = 1_500  # for what a page draws when its skeletons have gone
LONG = 12  # letters of an English text that is no name
ANSWER_MS = 120_000
EACH = [(name, language) for name in PAGES for language in LANGUAGES]
MINE = """(texts) => {
  const text = document.body.innerText;
  return texts.filter((each) => text.includes(each));
}"""


def settle(page: Page) -> Page:
    expect(page.locator(".top")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_timeout(DRAWN_MS)
    return page


def english(name: str) -> list[str]:
    """Texts of a page, without fields, that read otherwise in Chinese."""
    rows, others = tables("en").get(name, {}), tables("zh").get(name, {})
    return [
        text
        for key, text in rows.items()
        if len(text) > LONG and "{" not in text and "<" not in text and others[key] != text
    ]


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_page_is_for_everybody(server: Server, open_page: Open, name: str, language: str) -> None:
    page = settle(open_page(f"{server.url}{PAGES[name]}?lang={language}&__theme=light"))
    assert page.evaluate("document.querySelectorAll('.top a[aria-current]').length") == 1
    assert violations(page) == []
    page.locator("[data-theme]").click()
    page.wait_for_function("document.body.classList.contains('dark')")
    page.wait_for_timeout(300)  # for colours that change slowly
    assert violations(page) == []
    assert "__i18n__" not in page.content()
    title = tables(language)["nav"][name]
    assert page.title() == f"{title} · Tagline"
    if language != "en":
        assert page.evaluate(MINE, [*english(name), *english("top")]) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_answer_is_for_everybody(server: Server, open_page: Open, theme: str) -> None:
    page = settle(open_page(f"{server.url}/?model=tagline/efficientnet-lite0&__theme={theme}"))
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("Computed in", timeout=ANSWER_MS)
    page.wait_for_timeout(DRAWN_MS)
    assert violations(page) == []
