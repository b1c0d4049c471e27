"""The page that takes a model elsewhere, in a real browser."""

import zipfile
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from api.texts import tables
from deploy.targets import TARGETS
from tests.components.axe import violations
from tests.components.conftest import Open
from tests.conftest import CHATTER, IRIS, SEER, Serve, Server
from tests.deploy.fake_spaces import Spaces

WAIT_MS = 120_000


def card(page: Page, name: str) -> Locator:
    return page.locator(f"#deploy-{name}")


def command(page: Page, name: str) -> Locator:
    return card(page, name).locator("code").first


def chosen(page: Page, name: str) -> Locator:
    return page.locator(f".deploy-choose [name={name}]")


def test_from_the_card_of_a_model_to_its_page(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/?model={SEER}&task=image-feature-extraction")
    page.locator(".model-card").get_by_role("link", name="Deploy").click()
    page.wait_for_url("**/deploy?**")
    expect(chosen(page, "model")).to_have_value(SEER)
    expect(chosen(page, "task")).to_have_value("image-feature-extraction")
    expect(command(page, "space")).to_contain_text("--task image-feature-extraction")
    for name in (*TARGETS, "code", "share"):
        expect(card(page, name)).to_be_visible()
    chosen(page, "model").select_option(IRIS)
    page.get_by_role("button", name="Show").click()
    expect(chosen(page, "model")).to_have_value(IRIS)
    expect(chosen(page, "task")).to_have_value("tabular-classification")


def test_options_go_into_the_command_and_the_download(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/deploy?model={IRIS}")
    made = card(page, "kubernetes")
    made.get_by_label("Image").fill("team/it's:1")
    made.get_by_label("Replicas, at most").fill("4")
    expect(command(page, "kubernetes")).to_have_text(
        f"python app.py export kubernetes {IRIS} manifests"
        """ --image 'team/it'"'"'s:1' --replicas 4"""
    )
    link = made.get_by_role("link", name="Download ZIP")
    query = parse_qs(urlsplit(str(link.get_attribute("href"))).query)
    assert query["replicas"] == ["4"]
    link.click()
    expect(made.locator(".deploy-said")).to_contain_text("is no name of an image")
    made.get_by_label("Image").fill("team/iris:1")
    with page.expect_download(timeout=WAIT_MS) as coming:
        link.click()
    assert coming.value.suggested_filename == "iris-kubernetes.zip"
    names = zipfile.ZipFile(coming.value.path()).namelist()
    assert "iris-kubernetes/deployment.yaml" in names


def test_the_keyboard_reaches_a_download(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/deploy?model={IRIS}")
    link = card(page, "kubernetes").get_by_role("link", name="Download ZIP")
    link.focus()
    with page.expect_download(timeout=WAIT_MS):
        page.keyboard.press("Enter")
    expect(card(page, "kubernetes").locator(".deploy-said")).to_contain_text("has begun")


def test_the_call_follows_what_is_chosen(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/deploy?model={CHATTER}")
    made = card(page, "handler")
    code = made.locator('[data-code="handler"] code')
    expect(code).to_contain_text('repository="YOUR_NAME/smollm2-135m-instruct-endpoint"')
    made.get_by_label("Your repository").fill("ann/chat")
    made.get_by_label("Region").select_option("eu-west-1")
    expect(code).to_contain_text('repository="ann/chat"')
    expect(code).to_contain_text('region="eu-west-1"')
    made.get_by_label("Your repository").fill("a b")
    expect(made.locator(".deploy-said").last).to_contain_text("is no repository of the Hub")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_on_a_phone(server: Server, open_page: Open, theme: str) -> None:
    page = open_page(f"{server.url}/deploy?model={SEER}&lang=zh&__theme={theme}", width=360)
    expect(card(page, "share")).to_be_visible()
    page.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    text = page.locator("#deploy").inner_text()
    english = (each for each in tables("en")["deploy"].values() if len(each) > 25)
    assert [each for each in english if each in text] == []


def test_a_model_that_is_not_here(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/deploy?model=no/such")
    expect(page.locator("#deploy .problem")).to_contain_text("no/such is not on this machine")
    expect(chosen(page, "model")).to_be_visible()


def test_a_server_that_never_asks_the_hub_says_so(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/deploy?model={IRIS}")
    card(page, "space").get_by_text("Push it to the Hub").click()
    expect(card(page, "space")).to_contain_text("This server never asks the Hub")
    expect(page.locator(".deploy-push")).to_have_count(0)


def test_a_space_is_pushed_from_the_page(serve: Serve, open_page: Open) -> None:
    hub = Spaces()
    try:
        running = serve(TAGLINE_OFFLINE="0", HF_ENDPOINT=hub.url).wait()
        page = open_page(f"{running.url}/deploy?model={IRIS}")
        made = card(page, "space")
        made.get_by_text("Push it to the Hub").click()
        assert violations(page) == []
        made.get_by_label("Name of the Space").fill("ann/iris")
        token = made.get_by_label("Your Hub token")
        token.fill("hf_wrong")
        made.get_by_role("button", name="Push").click()
        said = made.locator("details .deploy-said")
        expect(said).to_have_class("deploy-said wrong", timeout=WAIT_MS)
        token.fill("hf_good")
        made.get_by_role("button", name="Push").click()
        expect(said).to_contain_text("It is on the Hub", timeout=WAIT_MS)
        expect(said.get_by_role("link")).to_have_attribute("href", f"{hub.url}/spaces/ann/iris")
        expect(token).to_have_value("")
        assert hub.spaces["ann/iris"].about["visibility"] == "private"
    finally:
        hub.close()
