"""The words of the tasks in other languages: all there, none left over, and the same in substance;
and pages in Chinese, on which nothing of ours stays English."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from api.texts import LANGUAGES, Texts, tables
from pipelines import registry
from pipelines.slots import Slot, slots
from pipelines.unserved import UNSERVED
from tests.components.conftest import Open
from tests.components.menagerie import quick
from tests.conftest import EMBEDDER, IRIS, Server

OTHERS = LANGUAGES[1:]
TECHNICAL = ("sigmoid", "softmax")  # choices that are the same in every language
# What must not be translated: numbers, names of parameters, formats and libraries, tags, code.
KEPT = re.compile(
    r"\d+(?:\.\d+)?|<\w+>|\[\w+\]|\{\}|`[^`]+`|\b\w+_\w+\b|(?<=\()\w+(?=\))|(?<=With )\w+"
    r"|JSON schema|\b(?:tokens?|logits?|LoRA|Hub|tesseract|diffusers|transformers|handler\.py"
    r"|text-generation|text-ranking|feature-extraction)\b"
)
WAIT_MS = 120_000


def fields() -> Iterator[Slot]:
    for task in registry.TASKS.values():
        yield from (*slots(task.inputs), *slots(task.params))


def choices() -> set[str]:
    """Those that a record names; a model's own, such as languages, are nobody's words."""
    return {str(each) for slot in fields() if not slot.fixed for each in slot.choices}


def named(label: str) -> str:
    """How a label ends: with the field's name in the API."""
    return f"（{label.lower().replace(' ', '_')}）"


def shown() -> set[str]:
    """All English that the page takes from the records."""
    said = {task.summary for task in registry.TASKS.values()}
    said |= {words for slot in fields() for words in (slot.label, slot.description) if words}
    said |= {each for each in choices() if each not in TECHNICAL}
    return said | {words for tag in UNSERVED.values() for words in (tag.what, tag.why, tag.by)}


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_and_none_is_left_over(language: str) -> None:
    assert set(tables(language)["records"]) == shown()


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_in_the_language(language: str) -> None:
    for english, text in tables(language)["records"].items():
        assert re.search(r"[\u4e00-\u9fff]", text) or text.endswith(named(english)), english
        assert not text.endswith(("。", ".")), english


@pytest.mark.parametrize("language", OTHERS)
def test_what_must_not_be_translated_is_there(language: str) -> None:
    for english, text in tables(language)["records"].items():
        for kept in KEPT.findall(english):
            assert kept.rstrip("s") in text, f"{english}: {kept}"


@pytest.mark.parametrize("language", OTHERS)
def test_a_field_or_a_choice_ends_with_its_name_in_the_api(language: str) -> None:
    say = Texts(language)
    for slot in fields():
        assert say.word(slot.label).endswith(f"（{slot.name}）")
    for each in choices() - set(TECHNICAL):
        assert say.word(each).endswith(f"（{each}）")


# In a browser ----------------------------------------------------------------------------------


def go(open_page: Open, server: Server, width: int = 1280, **query: str) -> Page:
    return open_page(f"{server.url}/?{urlencode({'lang': 'zh', **query})}", width=width)


def run(page: Page) -> None:
    page.locator(".examples button").first.click()
    expect(page.locator(".examples button").first).to_be_visible()
    expect(page.locator("#run")).to_be_enabled(timeout=WAIT_MS)
    expect(page.locator("#status")).to_contain_text(re.compile(r"\d s"), timeout=WAIT_MS)


def english() -> set[str]:
    """Texts of ours whose every word a reader of Chinese should not meet."""
    ours = {text for text in tables("en")["views"].values() if "{" not in text and " " in text}
    return ours | {each for each in shown() if " " in each}


def assert_chinese(page: Page) -> None:
    """Neither in sight nor in a name or a placeholder is there English of ours."""
    seen = page.evaluate("""() => {
      const named = ['aria-label', 'placeholder', 'title', 'alt'];
      const all = [...document.querySelectorAll('.try *')];
      const names = all.flatMap((each) => named.map((name) => each.getAttribute(name) || ''));
      return [document.querySelector('.try').innerText, ...names].join('\\n');
    }""")
    assert not {each for each in english() if re.search(rf"\b{re.escape(each)}\b", seen)}
    assert "__i18n__" not in seen


@pytest.mark.parametrize(
    "tag",
    ["question-answering", "zero-shot-object-detection", "fill-mask", "depth-estimation"],
)
def test_widgets_and_results_in_chinese(menagerie: Server, open_page: Open, tag: str) -> None:
    model = f"tiny/{quick(registry.get(tag)).name}"
    page = go(open_page, menagerie, model=model, task=tag)
    expect(page.locator("#result")).to_contain_text("结果会显示在这里。")
    page.locator(".try .label-wrap").first.click()  # the parameters
    run(page)
    expect(page.locator("#result")).not_to_contain_text("结果会显示在这里。")
    assert_chinese(page)


def test_choices_have_chinese_names_and_keep_their_values(server: Server, open_page: Open) -> None:
    page = go(open_page, server, task="token-classification", width=360)
    page.locator(".try .label-wrap").first.click()
    box = page.get_by_label("合并方式（aggregation_strategy）").first
    box.click()
    page.get_by_role("option", name="无（none）").click()
    run(page)
    assert_chinese(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_table_in_chinese(server: Server, open_page: Open) -> None:
    page = go(open_page, server, model=IRIS)
    run(page)
    table = page.get_by_role("region", name="表格")
    expect(table.get_by_role("columnheader").first).to_have_text("预测")
    table.focus()
    expect(table).to_be_focused()


def test_english_stays_english(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/?{urlencode({'model': EMBEDDER, 'lang': 'en'})}")
    expect(page.locator("#result")).to_contain_text("The result appears here.")
    expect(page.get_by_text("（")).to_have_count(0)
