"""The page of the machine in a real browser: what it shows, and loading by hand."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from api.texts import Texts
from components import gauges, machine, shares
from components.top import PAGES
from pipelines.engine.call import Status
from pipelines.engine.memory import Memory
from pipelines.engine.past import Trouble
from pipelines.engine.rooms import Tenant
from pipelines.model import Model
from store.database import connect
from store.tokens import Tokens
from tests.components.conftest import Open
from tests.conftest import CHATTER, EMBEDDER, IRIS, Serve, Server

LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (360, "light")}
TOO_LARGE = {"TAGLINE_MEMORY_GB": "0.2"}
SETTLED_MS = 1_500  # for what a page asks by itself when it opens


def open_machine(open_page: Open, server: Server, width: int = 1280, **query: str) -> Page:
    page = open_page(f"{server.url}/machine?{urlencode(query)}", width=width)
    expect(page.locator("#memory .legend")).to_be_visible()
    return page


def choose(page: Page, model: str) -> None:
    page.get_by_label("Model on this machine").fill(model)
    page.get_by_role("option").filter(has_text=model).first.click()


def row(page: Page, model: str) -> Locator:
    return page.get_by_role("row").filter(has_text=model)


def share(page: Page, model: str) -> Locator:
    """The model's segment of the bar."""
    return page.locator(f".pool [title^='{model}: ']")


def ask(server: Server, path: str, **body: object) -> httpx.Response:
    return httpx.post(server.url + path, json=body, timeout=60)


# Getting there ----------------------------------------------------------------------------------


def test_the_bar_of_pages_leads_there_and_back(server: Server, open_page: Open) -> None:
    page = open_page(server.url)
    pages = page.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(pages).to_have_count(len(PAGES))
    pages.filter(has_text="Machine").click()
    page.wait_for_url("**/machine")
    expect(page.locator("#hardware")).to_contain_text("ready")
    tier = httpx.get(f"{server.url}/status").json()["tier"]
    expect(page.locator("#hardware b")).to_have_text(tier)
    pages.filter(has_text="Playground").click()
    expect(page.locator("#run")).to_be_visible()


def test_only_the_open_page_looks(server: Server, open_page: Open) -> None:
    page = open_machine(open_page, server)
    for _ in range(2):
        with page.expect_request("**/gradio_api/run/**"):
            pass
    page.locator(".top nav a").filter(has_text="Playground").click()
    expect(page.locator("#run")).to_be_visible()
    page.wait_for_timeout(SETTLED_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2.5 * machine.SECONDS * 1000)
    assert not [url for url in asked if "/picker/state" not in url]  # the card of a model looks too


@pytest.mark.parametrize("look", LOOKS)
def test_no_sideways_scroll(server: Server, open_page: Open, look: str) -> None:
    ask(server, f"/models/{EMBEDDER}", inputs="hello").raise_for_status()
    width, theme = LOOKS[look]
    page = open_machine(open_page, server, width, __theme=theme)
    expect(row(page, EMBEDDER)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")


def test_the_machine_in_chinese(server: Server, open_page: Open) -> None:
    """With its hardware told by its parts, and the reason in English, marked as such."""
    page = open_machine(open_page, server, lang="zh")
    expect(page.locator("#hardware")).to_contain_text("硬件")
    expect(page.locator("#hardware")).to_contain_text("个核心")
    expect(page.locator("#hardware [lang=en]")).to_be_visible()
    page.get_by_label("本机上的模型").click()
    page.get_by_role("option").filter(has_text=IRIS).first.click()
    expect(page.get_by_role("button", name="卸载")).to_be_visible()


# By hand ----------------------------------------------------------------------------------------


def test_load_pin_unpin_and_unload(serve: Serve, open_page: Open) -> None:
    server = serve().wait()
    page = open_machine(open_page, server)
    expect(page.locator("#models")).to_contain_text("No model is loaded")
    choose(page, EMBEDDER)
    expect(page.locator("#fit")).to_contain_text(re.compile(r"will take about .+ are free"))
    page.locator("#load").click()
    expect(page.locator("#note")).to_contain_text(f"{EMBEDDER} is loaded.")
    expect(row(page, EMBEDDER)).to_contain_text("warm")
    expect(share(page, EMBEDDER)).to_be_visible()
    expect(page.locator(".legend")).to_contain_text(EMBEDDER)
    expect(page.locator("#fit")).to_be_hidden()
    pinned = row(page, EMBEDDER).locator("[data-column=pinned]")
    expect(pinned).to_have_text("no")
    page.locator("#pin").click()
    expect(pinned).to_have_text("yes")
    page.get_by_role("button", name="Unpin").click()
    expect(pinned).to_have_text("no")
    expect(page.locator("#pin")).to_have_text("Pin")
    ask(server, f"/models/{EMBEDDER}", inputs="hello").raise_for_status()  # now it is measured
    page.locator("#unload").click()
    expect(page.locator("#note")).to_contain_text(f"{EMBEDDER} is unloaded.")
    expect(row(page, EMBEDDER)).to_have_count(0)
    expect(share(page, EMBEDDER)).to_have_count(0)
    expect(page.locator("#fit")).to_contain_text("It takes")
    expect(page.locator("#errors")).to_contain_text("No errors so far.")


def test_what_others_load_is_seen(serve: Serve, open_page: Open) -> None:
    server = serve().wait()
    page = open_machine(open_page, server)
    ask(server, "/admin/pin", model=IRIS).raise_for_status()
    expect(row(page, IRIS).locator("[data-column=pinned]")).to_have_text("yes")
    choose(page, IRIS)
    expect(page.locator("#pin")).to_have_text("Unpin")


def test_a_model_that_is_too_large_is_told(serve: Serve, open_page: Open) -> None:
    page = open_machine(open_page, serve(**TOO_LARGE).wait())
    choose(page, CHATTER)
    expect(page.locator("#fit")).to_contain_text("more than this server has for models")
    page.locator("#load").click()
    expect(page.get_by_role("alert")).to_contain_text("TAGLINE_MEMORY_GB")
    expect(page.locator("#errors")).to_contain_text(f"{CHATTER} needs about")
    expect(row(page, CHATTER)).to_have_count(0)


def test_strangers_have_no_buttons(serve: Serve, open_page: Open) -> None:
    """They see that something went wrong, not what was said: it may quote somebody's input."""
    server = serve("--level", "public", **TOO_LARGE).wait()
    assert not ask(server, f"/models/{CHATTER}", inputs="hello").is_success
    page = open_machine(open_page, server)
    expect(page.get_by_text("Nobody may load, unload and pin models by hand")).to_be_visible()
    expect(page.locator("#load, #unload, #pin")).to_have_count(0)
    expect(page.locator("#errors")).to_contain_text(CHATTER)
    expect(page.locator("#errors")).not_to_contain_text("needs about")


def test_only_admins_have_buttons_where_there_are_tokens(
    serve: Serve, open_page: Open, tmp_path: Path
) -> None:
    server = serve("--level", "protected", "--host", "127.0.0.1").wait()
    tokens = Tokens(connect(f"sqlite:///{tmp_path / 'home' / 'tagline.db'}"))
    mine = {who: f"Bearer {tokens.create(who, who)[0]}" for who in ("read", "admin")}
    page = open_page(f"{server.url}/health")
    page.set_extra_http_headers({"authorization": mine["read"]})
    page.goto(f"{server.url}/machine")
    expect(page.get_by_text("Only a token of scope admin")).to_be_visible()
    expect(page.locator("#memory .legend")).to_be_visible()
    expect(page.locator("#load, #unload, #pin")).to_have_count(0)
    page.set_extra_http_headers({"authorization": mine["admin"]})
    page.goto(f"{server.url}/machine")
    expect(page.locator("#load")).to_be_visible()
    expect(page.get_by_text("Only a token of scope admin")).to_have_count(0)
    choose(page, IRIS)
    page.locator("#load").click()
    expect(page.locator("#note")).to_contain_text(f"{IRIS} is loaded.")
    tokens.engine.dispose()


# On the first page ------------------------------------------------------------------------------


def test_a_cold_model_says_what_it_takes_until_it_runs(serve: Serve, open_page: Open) -> None:
    server = serve().wait()
    address = f"{server.url}/?{urlencode({'model': IRIS})}"
    page = open_page(address)
    line = page.locator(".model-line")
    expect(line).to_contain_text(re.compile(r"will take about .+ are free"))
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    expect(line).to_contain_text("It holds")
    page.goto(address)
    expect(line).to_contain_text("It holds")


# In words ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class Guest:
    model: Model
    pinned: bool = False

    @property
    def shown(self) -> str:
        return self.model.shown

    async def leave(self, reason: str) -> None: ...


def guest(name: str) -> Guest:
    return Guest(Model(name, Path(), "1", None, None))


def test_every_pool_has_its_bar_and_other_programs_are_seen() -> None:
    ledger = Memory[Tenant]([1000, 1000], lambda: 500)
    ledger.take(guest("a/<b>"), {0: 300, 1: 200})
    ledger.settle(next(iter(ledger.shares)), 500)
    made = shares.memory(ledger, Texts())
    assert made.count('class="pool"') == 2
    assert "width:30.00%" in made
    assert "width:20.00%" in made
    assert "a/&lt;b&gt;" in made
    assert "other programs</span><b>200 bytes" in made
    assert "free</span><b>1.3 kB" in made


def test_models_keep_colours_of_their_own() -> None:
    names = [f"org/model-{number}" for number in range(shares.COLOURS)]
    assert len(set(shares.colours_of(names).values())) == shares.COLOURS
    assert shares.colours_of(names[:1])[names[0]] in shares.colours_of(names).values()
    assert len(shares.colours_of([*names, "one/more"])) == shares.COLOURS + 1


def test_a_load_shows_how_far_it_has_come() -> None:
    now = Status("loading", "reading <weights>", 2.0, done=250_000_000, total=10**9, eta=6.2)
    made = gauges.why(now, Texts())
    assert "reading &lt;weights&gt;" in made
    assert "width:25%" in made
    assert "250 MB of 1.0 GB, 6 s left" in made
    waits = Status("loading", "waiting for room")
    assert gauges.why(waits, Texts()) == "<small><span>waiting for room</span></small>"
    assert '<span lang="en">waiting for room' in gauges.why(waits, Texts("zh"))


def test_errors_are_escaped() -> None:
    made = gauges.errors([Trouble("<i>", "<script>alert(1)</script>", 0.0)], True, Texts())
    assert "<script>" not in made
    assert "<i>" not in made
    assert "1970-01-01 00:00:00 UTC" in made
