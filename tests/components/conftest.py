"""Fixtures of the browser tests: one browser for all, one context for each."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.components.browser import WAIT_MS, Seen, chromium
from tests.components.menagerie import serving
from tests.conftest import Server

expect.set_options(timeout=WAIT_MS)
Open = Callable[..., Page]


@pytest.fixture(scope="module")  # while it stands its event loop keeps others from running
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def menagerie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a model for every task."""
    with serving(tmp_path_factory.mktemp("menagerie")) as server:
        yield server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens an address in a context of its own; at the end no script may have failed, and no
    request may have left this machine."""
    seen: list[Seen] = []
    contexts = []

    def open_(url: str, width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        seen.append(Seen(page))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    for each in seen:
        assert not each.errors
        assert not each.strangers
