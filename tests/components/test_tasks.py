"""The widgets of tasks in a real browser: with no model here, with notices, with pickers."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from pipelines import registry
from pipelines.task import Task
from tests.components.conftest import Open
from tests.components.menagerie import ABSENT, SHOWN, quick
from tests.conftest import EMBEDDER, LISTENER, Server


def go(open_page: Open, server: Server, **query: str) -> Page:
    return open_page(f"{server.url}/?{urlencode(query)}")


def test_each_task_without_a_model_on_board_has_a_tiny_one_here() -> None:
    assert {task.tag for task in ABSENT} <= {tiny.tag for tiny in SHOWN}


@pytest.mark.parametrize("tag", [task.tag for task in ABSENT])
def test_a_task_without_a_model_says_what_to_do(server: Server, open_page: Open, tag: str) -> None:
    page = go(open_page, server, task=tag)
    expect(page.locator(f"[data-task={tag}]")).to_be_visible()
    expect(page.get_by_role("alert").first).to_contain_text("is not on this machine")
    task = registry.get(tag)
    for other in task.more_models:
        expect(page.get_by_role("link", name=other)).to_be_visible()
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text(f"{task.default_model} is not on this machine")


@pytest.mark.parametrize("task", ABSENT, ids=[task.tag for task in ABSENT])
def test_an_example_is_answered(menagerie: Server, open_page: Open, task: Task) -> None:
    page = go(open_page, menagerie, model=f"tiny/{quick(task).name}", task=task.tag)
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text(re.compile("Computed in|tokens/s"))


def test_a_model_of_many_languages_lets_choose_among_its_own(
    menagerie: Server, open_page: Open
) -> None:
    page = go(open_page, menagerie, model="tiny/translation-m2m100", task="translation")
    page.get_by_label("Tgt lang").first.click()
    expect(page.get_by_role("option", name="fr", exact=True)).to_be_visible()
    page.get_by_role("option", name="fr", exact=True).click()
    page.get_by_role("textbox", name="Text").first.fill("hello")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")


def test_what_most_want_to_set_stands_open(menagerie: Server, open_page: Open) -> None:
    name = "tiny/image-to-image-StableDiffusionImg2ImgPipeline"
    page = go(open_page, menagerie, model=name, task="image-to-image")
    expect(page.get_by_text("What the picture should become")).to_be_visible()
    expect(page.get_by_label("Scheduler").first).to_be_hidden()
    page.get_by_role("button", name="Parameters").click()
    expect(page.get_by_label("Scheduler").first).to_be_visible()


def test_what_was_cut_is_told(server: Server, open_page: Open) -> None:
    page = go(open_page, server, model=EMBEDDER, task="feature-extraction", text="word " * 400)
    page.locator("#run").click()
    expect(page.get_by_role("note")).to_contain_text("longer than the 256 tokens")
    page.get_by_role("textbox", name="Text").first.fill("word")
    page.locator("#run").click()
    expect(page.get_by_role("note")).to_have_count(0)


def test_a_parameter_called_task_does_not_change_the_task(server: Server, open_page: Open) -> None:
    """Whisper has an option `task`, which is not the pipeline tag in the address."""
    tag = "automatic-speech-recognition"
    page = go(open_page, server, model=LISTENER, task=tag)
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    page.get_by_role("button", name="Parameters").click()
    page.get_by_label("Task").last.click()
    page.get_by_role("option", name="transcribe").click()
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["task"], query["param-task"]) == ([tag], ["transcribe"])
    again = open_page(page.url)
    expect(again.locator("input[aria-label=Task]")).to_have_value("transcribe")
    expect(again.locator(f"[data-task={tag}]")).to_be_visible()
