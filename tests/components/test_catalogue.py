"""The page of tasks: every tag of the Hub, found, read about, and tried."""

import json
import subprocess

import pytest
from playwright.sync_api import expect
from pydantic import TypeAdapter

from api import schema, specimen
from api.texts import LANGUAGES, Texts
from components.icons import flow, icon, taken
from components.task_page import options, output
from deploy.snippets import curl, first
from pipelines.kinds.outputs import output_kind
from pipelines.modalities import modality
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.slots import slots
from pipelines.task import Task
from pipelines.unserved import MODALITIES, UNSERVED
from tests.components.conftest import Open
from tests.conftest import EMBEDDER, SAMPLES, Server

# In place of curl: writes the body that it is told to send.
FAKE = """curl() {
  for last; do :; done
  case "$last" in @-) cat ;; @*) cat "${last#@}" ;; *) printf %s "$last" ;; esac
}
"""
ON_THE_HUB = {
    "visual-question-answering": "multimodal",
    "any-to-any": "multimodal",
    "image-to-text": "vision",
    "text-to-image": "vision",
    "text-to-3d": "vision",
    "unconditional-image-generation": "vision",
    "zero-shot-image-classification": "vision",
    "table-question-answering": "language",
    "text-ranking": "language",
    "text-to-speech": "audio",
    "voice-activity-detection": "audio",
    "tabular-regression": "tabular",
    "time-series-forecasting": "tabular",
}


# What is derived from a record ------------------------------------------------------------------


@pytest.mark.parametrize("tag", ON_THE_HUB)
def test_the_groups_are_those_of_the_hub(tag: str) -> None:
    assert modality(TASKS[tag]) == ON_THE_HUB[tag]


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.tag)
def test_a_specimen_is_an_answer(task: Task) -> None:
    whole = specimen.of(task)
    one = whole[0] if task.listed else whole
    TypeAdapter(schema.result(task)).validate_python(one)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.tag)
def test_the_command_sends_what_the_task_takes(task: Task) -> None:
    command = curl.snippet(first.ask(task, None, "org/name", "http://localhost:7860")).code
    assert command.startswith(f"curl http://localhost:7860/models/org/name/pipeline/{task.tag} ")
    ran = subprocess.run(
        ["bash", "-c", FAKE + command], cwd=SAMPLES, capture_output=True, check=True, timeout=60
    )
    if curl.JSON in command:
        task.read(json.loads(ran.stdout), Limits())
    else:
        task.read_bytes(ran.stdout, {}, Limits())


def test_a_server_that_asks_for_a_token_says_so() -> None:
    task = TASKS["fill-mask"]
    for token in (True, False):
        ask = first.ask(task, None, "org/name", "http://x", token=token)
        assert (curl.BEARER in curl.snippet(ask).code) == token


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_name_and_a_drawing(language: str) -> None:
    say = Texts(language)
    for task in TASKS.values():
        assert "<svg" in flow(task)
        fields = [*slots(task.inputs), *(s for s in slots(task.params) if not s.fixed)]
        assert all(say(f"tasks.in_{kind}") for slot in fields for kind in taken(slot))
        assert say(f"tasks.out_{output_kind(task.output).name}") in output(task, say)
        assert options(task, say)
    assert all(icon(name) and say(f"tasks.{name}") for name in MODALITIES)


# In the browser ---------------------------------------------------------------------------------


def test_from_the_catalogue_to_a_widget(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/tasks")
    cards = page.locator(".task")
    expect(cards).to_have_count(len(TASKS) + len(UNSERVED))
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("embedding")
    expect(page.locator(".task:visible h4")).to_have_text(["feature-extraction"])
    expect(page.locator(".find [role=status]")).to_contain_text(
        f"1 of {len(TASKS) + len(UNSERVED)}"
    )
    assert "q=embedding" in page.url
    page.get_by_role("link", name="feature-extraction", exact=True).click()
    expect(page.get_by_role("heading", name="feature-extraction")).to_be_visible()
    expect(page.locator(".code").last).to_contain_text(
        f"curl {server.url}/models/{EMBEDDER}/pipeline/feature-extraction"
    )
    page.get_by_role("link", name=EMBEDDER, exact=True).click()
    expect(page.locator("[data-task=feature-extraction]")).to_be_visible()


def test_a_search_is_in_its_link_and_may_find_nothing(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/tasks?q=no-such-thing")
    expect(page.locator(".find [role=status]")).to_contain_text("No task has all of these words")
    expect(page.locator(".task:visible")).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".task:visible")).to_have_count(len(TASKS) + len(UNSERVED))


def test_a_tag_that_is_not_run_says_why(server: Server, open_page: Open) -> None:
    about = UNSERVED["robotics"]
    page = open_page(f"{server.url}/tasks?tag=robotics")
    expect(page.get_by_role("heading", name="robotics")).to_be_visible()
    expect(page.locator("#tasks")).to_contain_text(about.why[1:])
    expect(page.locator("#tasks")).to_contain_text(about.by)
    expect(page.get_by_role("link", name="Models tagged robotics")).to_be_visible()


def test_a_tag_that_nobody_knows(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/tasks?tag=%3Cb%3Esing")
    expect(page.get_by_role("alert")).to_contain_text("There is no pipeline tag <b>sing")
    expect(page.locator(".task").first).to_be_visible()


@pytest.mark.parametrize("query", ["", "tag=document-question-answering&", "tag=robotics&"])
def test_a_phone_in_chinese(server: Server, open_page: Open, query: str) -> None:
    page = open_page(f"{server.url}/tasks?{query}lang=zh", width=360)
    expect(page.locator(".page-head")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.locator("#tasks")).to_contain_text("任务")
    for text in ("Not run here", "Inputs", "Why it is not run", "Models here"):
        expect(page.locator("#tasks")).not_to_contain_text(text)
