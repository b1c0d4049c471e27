"""Errors in the reader's language, told by the sentences that the code itself raises."""

import ast
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from api.texts import Texts, tables
from components import errors
from components.errors import FRAMES
from pipelines import registry
from pipelines.allowance import Standing
from pipelines.engine import failures, sentences
from pipelines.errors import TaglineError
from pipelines.media import Picture, Sound
from pipelines.model import Model
from pipelines.models.fit import Ceiling
from pipelines.models.names import parse
from pipelines.settings import Limits
from tests.conftest import ROOT

ZH = Texts("zh")
MODEL = Model("org/name", Path("/none"), "1", "text-classification", "transformers")
ODD = Model("org/odd", Path("/none"), "1", None, None)
TEXTS = {name: text for name, text in tables("en")["errors"].items() if name not in FRAMES}
SOURCES = ("pipelines", "endpoints", "api", "components")
OTHERS = "value_"  # begins the keys of what pydantic says


def shape(text: str) -> str:
    """A text without the names of its fields."""
    return "".join(
        words + ("{}" if name is not None else "") for words, name, _, _ in Formatter().parse(text)
    )


def written(node: ast.AST) -> str | None:
    """A text of the code, its fields left empty."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


@pytest.fixture(scope="module")
def sources() -> str:
    """All texts of the code."""
    files = (file for folder in SOURCES for file in sorted((ROOT / folder).rglob("*.py")))
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    return "\n".join(text for node in nodes if (text := written(node)))


def test_every_sentence_is_still_said_by_the_code(sources: str) -> None:
    ours = {name: text for name, text in TEXTS.items() if not name.startswith(OTHERS)}
    assert len(ours) > 60
    gone = [name for name, text in ours.items() if shape(text) not in sources]
    assert not gone


def test_no_sentence_hides_another() -> None:
    """Each English text is known as itself."""
    for name, text in TEXTS.items():
        filled = text.format(**{field: "7" for _, field, _, _ in Formatter().parse(text) if field})
        known = next(key for key, each in errors.patterns().items() if each.fullmatch(filled))
        assert known == name


RAISED: dict[str, Callable[[], Any]] = {
    "closing": lambda: sentences.closing(),
    "unloaded": lambda: sentences.farewell(MODEL, "by hand"),
    "still_loading": lambda: sentences.still_loading(MODEL, 600),
    "not_loaded": lambda: sentences.not_loaded(MODEL, 600),
    "too_slow": lambda: sentences.too_slow(MODEL, 600),
    "died": lambda: sentences.died(MODEL),
    "died_answering": lambda: sentences.died_twice(MODEL),
    "out_of_memory": lambda: failures.failure("org/name", "a-task", MemoryError()),
    "bad_parameter": lambda: failures.failure("org/name", "a", ValueError("model_kwargs")),
    "failed": lambda: failures.failure("org/name", "a-task", ValueError("index out of range")),
    "rate": lambda: Standing(60, 60, 0, 12, over=True).error(),
    "too_big_to_fetch": lambda: Ceiling(1, "float32").check("org/name", {"a.safetensors": 10**9}),
    "bad_name": lambda: parse("no name"),
    "no_picture": lambda: Picture(b"no picture", 1_000).check(),
    "no_sound": lambda: Sound(b"no sound", 10).check(),
    "no_task": lambda: registry.get("no-task"),
    "cannot_do": lambda: registry.choose(MODEL, "translation"),
    "does_nothing": lambda: registry.choose(ODD, None),
}


def message(raises: Callable[[], Any]) -> str:
    try:
        return str(raises())
    except TaglineError as error:
        return str(error)


@pytest.mark.parametrize("name", RAISED)
def test_what_is_raised_is_known(name: str) -> None:
    text = message(RAISED[name])
    said = errors.translated(text, ZH)
    assert said is not None
    assert errors.patterns()[name].fullmatch(text)
    assert "lang=" not in errors.html(text, ZH)
    assert errors.html(text, Texts()) == escape(text)


ASKED = {
    "必填": ("sentence-similarity", {"source_sentence": "a"}, {}),
    "为空": ("text-classification", " ", {}),
    "个字符": ("text-classification", "a" * 300_000, {}),
    "不小于": ("text-generation", "a", {"max_new_tokens": -1}),
    "应为整数": ("text-classification", "a", {"top_k": "many"}),
    "没有 tempo": ("text-classification", "a", {"tempo": 1}),
    "至少需要 1 项": (
        "zero-shot-classification",
        {"text": "a", "candidate_labels": []},
        {},
    ),
    "无法使用": ("image-classification", "bm8gcGljdHVyZQ==", {}),
}


@pytest.mark.parametrize("words", ASKED)
def test_problems_of_fields_are_known(words: str) -> None:
    tag, inputs, params = ASKED[words]
    with pytest.raises(TaglineError) as caught:
        registry.get(tag).read({"inputs": inputs, "parameters": params}, Limits())
    said = errors.html(str(caught.value), ZH)
    assert words in said
    assert "lang=" not in said


def test_several_problems_at_once() -> None:
    with pytest.raises(TaglineError) as caught:
        registry.get("question-answering").read(
            {"inputs": {"question": " ", "context": " "}}, Limits()
        )
    assert errors.translated(str(caught.value), ZH) == (
        "问题（question）：为空，请填写内容；上下文（context）：为空，请填写内容"
    )


def test_a_page_names_fields_by_their_labels() -> None:
    with pytest.raises(TaglineError) as caught:
        registry.get("zero-shot-classification").read(
            {"inputs": {"text": " ", "candidate_labels": []}}, Limits()
        )
    assert errors.html(str(caught.value), Texts()) == (
        "Text: is empty; write something. "
        "Candidate labels: has 0 items, but at least 1 must be given"
    )


def test_what_is_not_known_stays_english_and_says_so() -> None:
    said = errors.html("Some <new> sentence.", ZH)
    assert said.startswith("服务器的说明")
    assert '<span lang="en">Some &lt;new&gt; sentence.</span>' in said
