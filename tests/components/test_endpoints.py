"""The page of endpoints in a real browser, over servers with real models."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from playwright.sync_api import Locator, Page, expect

from endpoints import prices
from pipelines.errors import InvalidInput
from store.database import connect
from store.tokens import Tokens
from tests.components.axe import violations
from tests.components.conftest import Open
from tests.conftest import CHATTER, EMBEDDER, Serve, Server

SECONDS = 120
NAME = "all-minilm-l6-v2"  # as the page makes it of the model's name
KEPT = "words"
TABS = {
    "": ".ends-facts dd", "playground": "#run", "analytics": ".ends-plot svg",
    "logs": ".ends-log li",
    "settings": ".ends-form",
}  # fmt: skip


def ask(server: Server, method: str, path: str = "", **given: Any) -> Any:
    url = f"{server.url}/v2/endpoint/here{path}"
    answer = httpx.request(method, url, timeout=SECONDS, **given)
    return answer.raise_for_status().json()


def make(server: Server, name: str, model: str = EMBEDDER, **ours: Any) -> None:
    body = {"name": name, "tagline": {"model": model, "access": {"level": "private"}, **ours}}
    ask(server, "POST", json=body)


def call(server: Server, name: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{server.url}/endpoints/{name}", json=body, timeout=SECONDS)


def opened(open_page: Open, server: Server, width: int = 1280, **query: str) -> Page:
    page = open_page(f"{server.url}/endpoints?{urlencode(query)}", width=width)
    expect(page.locator(".ends-head h2")).to_be_visible()
    return page


def state(page: Page) -> Locator:
    return page.locator(".ends-state .pill")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sure(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, model: str) -> None:
    page.get_by_role("combobox", name="Model").fill(model)
    page.get_by_role("option").filter(has_text=model).first.click()
    expect(page.locator("#ends-name")).not_to_have_value("")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one endpoint, which tests leave there."""
    server = Server(tmp_path_factory.mktemp("endpoints")).wait()
    try:
        make(server, KEPT, tags=["first"])
        call(server, KEPT, inputs="hello").raise_for_status()
        yield server
    finally:
        server.stop()


# From the first to the last ---------------------------------------------------------------------


def test_made_called_paused_resumed_and_deleted(serve: Serve, open_page: Open) -> None:
    server = serve().wait()
    page = opened(open_page, server)
    expect(page.get_by_text("There is no endpoint yet")).to_be_visible()
    page.get_by_role("link", name="New endpoint").first.click()
    choose(page, EMBEDDER)
    expect(page.locator("#ends-name")).to_have_value(NAME)
    expect(page.locator(".ends-fit")).to_contain_text("are free")
    expect(page.locator(".ends-cost")).to_contain_text("an hour for each replica")
    press(page, "New endpoint")
    expect(state(page)).to_have_text("running")
    expect(page.locator(".ends-url code").first).to_have_text(
        f"{server.url.removeprefix('http://')}/endpoints/{NAME}"
    )

    with page.expect_download() as fetched:
        page.get_by_role("link", name="KubeRay").click()
    assert fetched.value.suggested_filename == f"{NAME}-rayservice.yaml"

    client = InferenceClient(f"{server.url}/endpoints/{NAME}", timeout=SECONDS)
    vectors = [client.feature_extraction(text) for text in ("one", "two", "three")]
    assert {vector.shape for vector in vectors} == {(384,)}
    page.get_by_role("link", name="Analytics").click()
    expect(page.locator(".ends-legend li").first).to_have_text("2xx 3")
    expect(page.locator(".ends-plot rect")).not_to_have_count(0)

    press(page, "Pause")
    sure(page, "Cancel")
    expect(state(page)).to_have_text("running")
    press(page, "Pause")
    sure(page, "Pause")
    expect(state(page)).to_have_text("paused")
    with pytest.raises(HfHubHTTPError, match="503"):
        client.feature_extraction("four")
    press(page, "Resume")
    expect(state(page)).to_have_text("running")
    assert client.feature_extraction("five").shape == (384,)

    press(page, "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_role("textbox").fill(NAME)
    sure(page, "Delete")
    expect(page.get_by_text("There is no endpoint yet")).to_be_visible()
    assert ask(server, "GET") == {"items": []}


def test_a_model_that_cannot_fit(serve: Serve, open_page: Open) -> None:
    """It is told before it is made, and of the endpoint that is made all the same."""
    server = serve(TAGLINE_MEMORY_GB="0.2").wait()
    page = opened(open_page, server, model=CHATTER)
    expect(page.locator(".ends-fit .problem").first).to_contain_text("memory")
    expect(page.locator("#ends-name")).not_to_have_value("")
    page.locator("#ends-name").fill("large")
    press(page, "New endpoint")
    expect(state(page)).to_have_text("failed")
    expect(page.locator(".ends-state")).to_contain_text("needs about")
    press(page, "Try again")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(state(page)).to_have_text("failed")


# The form ---------------------------------------------------------------------------------------


def test_a_name_that_is_taken(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept, model=EMBEDDER)
    expect(page.locator("#ends-name")).to_have_value(NAME)
    page.locator("#ends-name").fill(KEPT)
    press(page, "New endpoint")
    expect(page.get_by_role("alert")).to_contain_text(f"There is an endpoint {KEPT} already")
    assert [each["name"] for each in ask(kept, "GET")["items"]] == [KEPT]


def test_what_the_form_sends(kept: Server, open_page: Open) -> None:
    """A secret goes one way: it is named again, and never told."""
    page = opened(open_page, kept, model=EMBEDDER)
    expect(page.locator("#ends-name")).to_have_value(NAME)
    page.locator("#ends-name").fill("sleeper")
    page.get_by_label("public").check()
    page.get_by_label("Replicas, at least").fill("0")
    page.get_by_label("Replicas, at most").fill("2")
    page.get_by_label("Scale to zero after").select_option("3600")
    page.locator(".ends-more summary").click()
    page.get_by_label("Tags").fill("a, b")
    page.get_by_label("Variables").fill("COLOUR=red=blue")
    page.get_by_label("Secrets").fill("KEY")
    press(page, "New endpoint")
    expect(page.get_by_role("alert")).to_contain_text("write NAME=value")
    page.get_by_label("Secrets").fill("KEY=hidden words")
    press(page, "New endpoint")
    expect(state(page)).to_be_visible()
    try:
        told = ask(kept, "GET", "/sleeper")
        spec = told["tagline"]["spec"]
        assert spec["access"]["level"] == "public"
        assert spec["scaling"] == {
            "min_replicas": 0, "max_replicas": 2, "target": 2.0, "to_zero_after": 3600.0,
        }  # fmt: skip
        assert spec["tags"] == ["a", "b"]
        assert spec["env"] == {"COLOUR": "red=blue"}
        assert spec["secrets"] == ["KEY"]
        page.get_by_role("link", name="Settings").click()
        expect(page.get_by_text("Kept: KEY")).to_be_hidden()  # under More
        assert "hidden words" not in page.content() + str(told)
    finally:
        ask(kept, "DELETE", "/sleeper")


def test_what_a_cluster_is_asked_for(serve: Serve, open_page: Open) -> None:
    """Where one is set up, a form names flavours and nodes; that nobody answers there is told."""
    server = serve("--ray", "http://127.0.0.1:9", RAY_AUTH_TOKEN="a" * 64).wait()
    page = opened(open_page, server, model=EMBEDDER)
    page.get_by_label("Engine").select_option("ray")
    page.locator(".ends-more summary").click()
    page.get_by_label("Hardware flavour").fill("l4x1")
    expect(page.locator(".ends-cost")).to_contain_text("$0.80 an hour for each replica on l4x1")
    page.get_by_label("Labels of nodes").fill("hw=big, zone=b")
    page.get_by_label("Acceleration").select_option("off")
    press(page, "New endpoint")
    expect(page.locator(".ends-state")).to_contain_text("does not answer")
    spec = ask(server, "GET", f"/{NAME}")["tagline"]["spec"]
    hardware = spec["hardware"]
    assert (spec["engine"], spec["acceleration"]) == ("ray", "off")
    assert (hardware["tier"], hardware["labels"]) == ("l4x1", {"hw": "big", "zone": "b"})
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_text("Nothing is changed yet.")).to_be_visible()


def test_settings_show_what_will_change(serve: Serve, open_page: Open) -> None:
    server = serve().wait()
    make(server, KEPT)
    page = opened(open_page, server, name=KEPT, tab="settings")
    changes = page.locator(".ends-changes")
    expect(changes).to_contain_text("Nothing is changed yet")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_label("Replicas, at most").fill("2")
    expect(changes).to_contain_text("holds at once")
    expect(changes.locator("li")).to_have_text(["Replicas, at most: 1 → 2"])
    page.locator(".ends-more summary").click()
    page.get_by_label("Number format").select_option("bfloat16")
    expect(changes).to_contain_text("one after the other")
    page.get_by_label("Interface").fill("127.0.0.1")
    expect(changes.locator("li")).to_have_count(3)
    press(page, "Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    found = ask(server, "GET", f"/{KEPT}")["tagline"]
    assert (found["spec"]["dtype"], found["spec"]["scaling"]["max_replicas"]) == ("bfloat16", 2)
    assert found["spec"]["access"]["interface"] == "127.0.0.1"
    assert found["version"] == 2
    page.get_by_label("Replicas, at least").fill("9")
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("Raise max_replicas")


# What is seen -----------------------------------------------------------------------------------


def test_search_and_state(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept)
    row = page.get_by_role("row").filter(has_text=KEPT)
    expect(row).to_contain_text("running")
    expect(row).to_contain_text("private")
    expect(row.get_by_role("link", name=KEPT)).to_be_visible()
    page.get_by_role("searchbox").fill("first minilm")
    expect(row).to_be_visible()
    page.get_by_label("State").select_option("paused")
    expect(row).to_have_count(0)
    expect(page.get_by_text("No endpoint is like that")).to_be_visible()
    page.reload()  # the address has kept it
    expect(page.get_by_text("No endpoint is like that")).to_be_visible()
    page.get_by_label("State").select_option("")
    expect(row).to_be_visible()


def test_a_look_leaves_what_has_not_changed(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept)
    link = page.get_by_role("link", name=KEPT)
    link.focus()
    page.evaluate("document.activeElement.dataset.same = 'yes'")
    for _ in range(2):
        with page.expect_response("**/v2/endpoint/here"):
            pass
    assert page.evaluate("document.activeElement.dataset.same") == "yes"


def test_only_the_tab_that_is_shown_asks(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept, name=KEPT, tab="logs")
    expect(page.locator(".ends-log li").first).to_contain_text("loaded")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):
        with page.expect_response(re.compile(r"/logs\?")):
            pass
    assert [url for url in asked if "/v2/" in url]
    assert not [url for url in asked if "/metrics" in url or "/events" in url]


def test_logs_follow(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept, name=KEPT, tab="logs")
    answered = page.locator(".ends-log li").filter(has_text="answered")
    expect(answered).not_to_have_count(0)
    before = answered.count()
    call(kept, KEPT, inputs="again").raise_for_status()
    expect(answered).to_have_count(before + 1)
    page.get_by_label("Level").select_option("error")
    expect(page.get_by_text("Nothing was written yet.")).to_be_visible()


def test_the_playground_runs_over_the_endpoint(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept, name=KEPT, tab="playground")
    log = ask(kept, "GET", f"/{KEPT}/logs?tail=500", headers={"accept": "application/json"})
    before = counted(kept)
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    assert f"name={KEPT}" in page.url
    assert "tab=playground" in page.url
    now = ask(kept, "GET", f"/{KEPT}/logs?tail=500", headers={"accept": "application/json"})
    assert len(now["items"]) == len(log["items"]) + 1
    assert counted(kept) == before + 1
    page.locator("#code button").first.click()
    expect(page.locator("#code .cm-content")).to_contain_text(f"{kept.url}/endpoints/{KEPT}/")
    page.get_by_label("Client").click()
    expect(page.get_by_role("option").filter(has_text="requests")).to_have_count(1)
    expect(page.get_by_role("option").filter(has_text="MCP")).to_have_count(0)


def counted(server: Server) -> float:
    """Good answers of the endpoint, as they are counted for its graphs and for Prometheus."""
    said = httpx.get(f"{server.url}/metrics", timeout=SECONDS).text
    name = f'tagline_endpoint_requests_total{{endpoint="{KEPT}",status="2xx"}} '
    return float(
        next((line for line in said.splitlines() if line.startswith(name)), "0").split()[-1]
    )


def test_one_that_is_not_there(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept, name="nonesuch")
    expect(page.get_by_role("alert")).to_contain_text("There is no endpoint 'nonesuch'")
    page.get_by_role("link", name="All endpoints").click()
    expect(page.get_by_role("row").filter(has_text=KEPT)).to_be_visible()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize(("width", "theme", "lang"), [(1280, "light", "en"), (360, "dark", "zh")])
def test_for_everybody(
    kept: Server, open_page: Open, tab: str, width: int, theme: str, lang: str
) -> None:
    page = opened(open_page, kept, width, name=KEPT, tab=tab, __theme=theme, lang=lang)
    expect(page.locator(TABS[tab]).first).to_be_visible()
    expect(state(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


def test_the_form_for_everybody(kept: Server, open_page: Open) -> None:
    page = opened(open_page, kept, 360, model=EMBEDDER, __theme="dark")
    expect(page.locator("#ends-name")).not_to_have_value("")
    page.locator(".ends-more summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []


# Who may ----------------------------------------------------------------------------------------


def test_who_may(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    """Without the scope admin nobody sees more than what he may call."""
    server = serve("--level", "protected", "--host", "127.0.0.1").wait()
    tokens = Tokens(connect(f"sqlite:///{tmp_path / 'home' / 'tagline.db'}"))
    mine = {who: f"Bearer {tokens.create(who, who)[0]}" for who in ("read", "admin")}
    admin = {"authorization": mine["admin"]}
    for name, level in (("open", "public"), ("closed", "protected")):
        body = {"name": name, "tagline": {"model": EMBEDDER, "access": {"level": level}}}
        ask(server, "POST", json=body, headers=admin)
    page = open_page(f"{server.url}/health")
    page.set_extra_http_headers({"authorization": mine["read"]})
    page.goto(f"{server.url}/endpoints")
    expect(page.get_by_text("managed with a token of scope admin")).to_be_visible()
    expect(page.locator(".ends-open h3 a")).to_have_text(["open"])
    expect(page.get_by_role("link", name="New endpoint")).to_have_count(0)
    assert "closed" not in page.content()
    page.goto(f"{server.url}/endpoints?name=closed&tab=playground")
    expect(page.get_by_text("asks for one of scope endpoint:closed")).to_be_visible()
    expect(page.locator("#run")).to_have_count(0)
    page.goto(f"{server.url}/endpoints?name=open&tab=playground")
    expect(page.locator("#run")).to_be_visible()
    change = {"tagline": {"access": {"level": "protected"}}}
    ask(server, "PUT", "/open", json=change, headers=admin)  # while the panel is open
    page.locator(".examples button").first.click()
    expect(page.get_by_text("asks for one of scope endpoint:open")).to_be_visible()
    page.set_extra_http_headers({"authorization": mine["admin"]})
    page.goto(f"{server.url}/endpoints")
    expect(page.get_by_role("row").filter(has_text="closed")).to_be_visible()
    tokens.engine.dispose()


# Prices -----------------------------------------------------------------------------------------


def test_our_prices() -> None:
    found = prices.read(None)
    assert found.source
    assert found.per_hour["cpu-upgrade"] == 0.03


def test_prices_of_an_operator(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('currency = "€"\nsource = "our bill"\n[per_hour]\nours = 1\n', encoding="utf-8")
    assert prices.read(file).per_hour == {"ours": 1.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency = ", "holds no prices"),
        ('currency = "$"\nsource = ""\n[per_hour]\nours = "much"\n', "per_hour.ours"),
        ('currency = "$"\nsource = ""\n[per_hour]\nours = -1\n', "below 0"),
    ],
    ids=["no toml", "no number", "negative"],
)
def test_prices_that_are_none(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        prices.read(file)
