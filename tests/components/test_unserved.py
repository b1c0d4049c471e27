"""Tags that nothing here serves: an honest page, and the film of an agent."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from pipelines.unserved import UNSERVED
from tests.components.conftest import Open
from tests.conftest import Server
from tests.pipelines.media import filmed

AGENT = "tiny/ppo-CartPole"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("agents")
    folder = home / "models" / AGENT
    folder.mkdir(parents=True)
    text = "---\npipeline_tag: reinforcement-learning\nlibrary_name: stable-baselines3\n---\n"
    (folder / "README.md").write_text(text)
    (folder / "replay.mp4").write_bytes(filmed(codec="libx264"))
    server = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize("tag", UNSERVED)
def test_a_tag_says_what_it_is_and_who_does_it(shown: Server, open_page: Open, tag: str) -> None:
    page = open_page(f"{shown.url}/?task={tag}")
    about = page.locator(f"[data-tag={tag}]")
    expect(about).to_contain_text(UNSERVED[tag].why)
    expect(about).to_contain_text(UNSERVED[tag].by)
    expect(about.get_by_role("link", name=f"Models tagged {tag}")).to_have_attribute(
        "href", f"https://huggingface.co/models?pipeline_tag={tag}"
    )
    expect(page.locator("#run")).to_have_count(0)


def test_the_film_of_an_agent_is_shown(shown: Server, open_page: Open) -> None:
    page = open_page(f"{shown.url}/?model={AGENT}")
    expect(page.locator("[data-tag=reinforcement-learning]")).to_contain_text("shown, not run")
    film = page.locator("#replay video")
    expect(film).to_be_visible()
    page.wait_for_function("document.querySelector('#replay video').duration > 0.3")


def test_a_tag_shows_the_model_of_it_that_is_here(shown: Server, open_page: Open) -> None:
    page = open_page(f"{shown.url}/?task=reinforcement-learning")
    expect(page.locator("[data-tag=reinforcement-learning]")).to_contain_text(AGENT)
    expect(page.locator("#replay video")).to_be_visible()


def test_a_call_is_told_the_same(shown: Server) -> None:
    answer = httpx.post(f"{shown.url}/models/{AGENT}", json={"inputs": "go"}, timeout=30)
    assert answer.status_code == 400
    assert "shown, not run" in answer.json()["error"]
    named = f"{shown.url}/models/{AGENT}/pipeline/robotics"
    answer = httpx.post(named, json={"inputs": "go"}, timeout=30)
    assert "LeRobot" in answer.json()["error"]


def test_the_page_names_nothing_of_the_disk(shown: Server, open_page: Open) -> None:
    page = open_page(f"{shown.url}/?model={AGENT}")
    expect(page.locator("#replay video")).to_be_visible()
    assert str(Path(AGENT).parent / "models") not in page.content()
