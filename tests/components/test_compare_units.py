"""What a comparison reckons: cells of a grid, who agrees, what differs, how long it took."""

import math
from pathlib import Path
from typing import Any

import pytest

from api.texts import LANGUAGES, Texts
from components.compare import address, agreement, diff, grid, heads, plots
from components.compare.cells import Cell, Times, heading, written
from components.compare.grid import Axis
from components.compare.heads import Head
from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from pipelines.settings import Limits
from pipelines.slots import Slot, slots

SAY = Texts()
OPTIONS = [
    Slot("top_k", "number", False, 5, "", low=1, high=1000, whole=True),
    Slot("temperature", "number", False, None, "", low=0, high=2),
    Slot("mode", "choice", False, None, "", choices=("sum", "mean", "max", "min")),
    Slot("fast", "flag", False, False, ""),
    Slot("stop", "names", False, [], ""),
]

# The grid ---------------------------------------------------------------------------------------


def test_one_axis() -> None:
    made = grid.changes([Axis("top_k", "1, 2,  3,2")], OPTIONS, SAY)
    assert made == [{"top_k": 1.0}, {"top_k": 2.0}, {"top_k": 3.0}]


def test_x_goes_across() -> None:
    made = grid.changes([Axis("top_k", "1,2"), Axis("fast", "no, Yes")], OPTIONS, SAY)
    assert [grid.name(each) for each in made] == [
        "fast no · top_k 1", "fast no · top_k 2", "fast yes · top_k 1", "fast yes · top_k 2",
    ]  # fmt: skip


def test_default_means_not_given() -> None:
    made = grid.changes([Axis("mode", "default, sum")], OPTIONS, SAY)
    assert made == [{"mode": None}, {"mode": "sum"}]
    assert grid.name(made[0]) == "mode default"


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ([Axis("stop", "a")], "stop cannot take several values"),
        ([Axis("nothing", "1")], "top_k, temperature, mode, fast"),
        ([Axis("top_k", " , ")], "1 to 4 values"),
        ([Axis("top_k", "1,2,3,4,5")], "such as 5, 10, 15"),
        ([Axis("top_k", "1"), Axis("top_k", "2")], "X and Y are both top_k"),
    ],
)
def test_axes_that_are_none(axes: list[Axis], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        grid.changes(axes, OPTIONS, SAY)


def test_an_axis_in_an_address() -> None:
    assert grid.read("top_k:1,2") == Axis("top_k", "1,2")
    assert grid.read("top_k") is None
    assert grid.read(None) is None


def test_values_to_begin_with() -> None:
    assert [grid.suggest(slot) for slot in OPTIONS] == [
        "5, 10, 15", "0.5, 1, 2", "sum, mean, max", "no, yes", "",
    ]  # fmt: skip


@pytest.mark.parametrize("tag", registry.TASKS)
def test_the_values_that_the_page_opens_with_are_good(tag: str) -> None:
    task = registry.get(tag)
    options = [slot for slot in slots(task.params) if not slot.fixed]
    for slot in grid.axes_of(options)[:1]:
        if typed := grid.suggest(slot):
            made = grid.changes([Axis(slot.name, typed)], options, SAY)
            assert made
            for changed in made:
                task.read_params(changed, Limits())


# Agreement --------------------------------------------------------------------------------------


def said(**texts: str) -> dict[str, Head]:
    return {letter: Head(text, text) for letter, text in texts.items()}


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, ""),
        ({"A": "cat"}, ""),
        ({"A": "cat", "B": "cat"}, "Both agree: cat."),
        ({"A": "cat", "B": "dog"}, "The two answers differ."),
        ({"A": "cat", "B": "cat", "C": "cat"}, "All 3 agree: cat."),
        ({"A": "dog", "B": "cat", "C": "cat"}, "2 of 3 agree (B, C): cat. Differing: A."),
        ({"A": "1", "B": "2", "C": "3"}, "No two of the 3 answers are the same."),
    ],
)
def test_the_sentence(answers: dict[str, str], sentence: str) -> None:
    assert agreement.sentence(said(**answers), SAY) == sentence


def test_who_stands_apart() -> None:
    assert agreement.apart(said(A="dog", B="cat", C="cat")) == {"A"}
    assert agreement.apart(said(A="dog", B="cat")) == {"A", "B"}
    assert agreement.apart({}) == set()


def test_distances_of_two_and_of_three() -> None:
    two = agreement.distances("text", {("A", "B"): 0.25}, SAY)
    assert "letter by letter: <b>75 %</b>" in two
    three = {("A", "B"): 0.1, ("A", "C"): math.inf, ("B", "C"): 0.2}
    made = agreement.distances("labels", three, SAY)
    assert made.count("<td>0.100</td>") == 2
    assert made.count("<td>–</td>") == 2
    assert agreement.distances("labels", {}, SAY) == ""


def test_every_kind_reads_in_every_language() -> None:
    for task in registry.TASKS.values():
        for language in LANGUAGES:
            assert agreement.unit(output_kind(task.output).name, Texts(language))


SHORT: list[tuple[str, Any, str]] = [
    ("image-classification", [{"label": "b", "score": 0.1}, {"label": "a", "score": 0.9}], "a"),
    ("sentence-similarity", [0.2, 0.9, 0.5], "2 > 3 > 1"),
    ("text-ranking", [{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}], "2 > 1"),
    ("object-detection", [{"label": n, "score": 1, "box": {}} for n in ("cat", "dog", "cat")],
     "2 × cat, 1 × dog"),
    ("question-answering", {"answer": "here", "score": 1.0, "start": 0, "end": 4}, "here"),
    ("fill-mask", [{"sequence": "", "score": 0.5, "token": 1, "token_str": " Rome"}], "Rome"),
    ("token-classification", [{"word": "Ada", "entity_group": "PER", "score": 1}], "Ada (PER)"),
    ("tabular-classification", ["setosa", "virginica"], "setosa, virginica"),
    ("text-generation", [{"generated_text": " two\n words "}], "two words"),
    ("text-generation", [{"generated_text": "long " * 40}], ""),
    ("feature-extraction", [0.1, 0.2], ""),
    ("decision", {"ok": {"type": "noul", "noul": 0.2}}, "ok: no"),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "value", "text"), SHORT)
def test_an_answer_in_short(tag: str, value: Any, text: str) -> None:
    assert heads.head(output_kind(registry.get(tag).output), value).text == text


def test_equal_files_are_the_same_answer() -> None:
    kind = output_kind(registry.get("text-to-image").output)
    one, other = ({"content": data, "mime": "image/png"} for data in (b"1", b"2"))
    assert heads.head(kind, one) == heads.head(kind, dict(one))
    assert heads.head(kind, one) != heads.head(kind, other)


# Differences ------------------------------------------------------------------------------------


def test_words_that_differ_are_marked() -> None:
    made = diff.marked("The cat sat on the mat.", "The dog sat on the mat.")
    assert made == "The <mark>dog</mark> sat on the mat."


def test_words_that_are_lacking() -> None:
    assert diff.marked("a very good day", "a good day") == 'a<del title="very">‸</del> good day'


def test_chinese_is_compared_by_its_characters() -> None:
    assert diff.marked("今天天气很好", "今天天气不好") == "今天天气<mark>不</mark>好"


def test_texts_without_anything_in_common_are_not_marked() -> None:
    assert diff.marked("one two three", "<four> five") == "&lt;four&gt; five"


def test_marks_are_escaped() -> None:
    made = diff.marked('say "<b>" now please', "say <i> now please")
    assert "<i>" not in made
    assert "<b>" not in made


# Cells and plots --------------------------------------------------------------------------------


def cell(**given: Any) -> Cell:
    return Cell("A", "org/<model>", Model("m", Path(), "1", None, None), None, **given)


def test_a_name_is_hidden_and_escaped() -> None:
    assert "org/&lt;model&gt;" in heading(cell(), hidden=False, differs=False, say=SAY)
    hidden = heading(cell(), hidden=True, differs=True, say=SAY)
    assert "model" not in hidden
    assert "differs" in hidden


def test_what_could_give_a_name_away_is_hidden() -> None:
    going = cell(line="<p>17 MB of 119 MB</p>")
    assert "119 MB" in going.told(hidden=False, say=SAY)
    assert "119 MB" not in going.told(hidden=True, say=SAY)
    going.fail("org/model is broken")
    assert "org/model" not in going.told(hidden=True, say=SAY)
    assert "org/model" in going.told(hidden=False, say=SAY)


def test_written_answers() -> None:
    assert "<mark>b</mark>" in written(cell(words="a b c d"), "a x c d")
    assert "<mark>" not in written(cell(words="a"), "a")
    assert "–" in written(cell(words=""), None)


def test_the_median_is_of_the_last_runs() -> None:
    times = Times({})
    for seconds in (9.0, 1.0):
        times.add("a", seconds)
    assert times.median("a") == 1.0
    for _ in range(Times.MOST):
        times.add("a", 2.0)
    assert times.seen["a"] == [2.0] * Times.MOST


def test_the_fastest_in_words() -> None:
    made = plots.plots({"A · org/a": 0.02, "B · org/b": 0.05}, {"A, B · org/c": 5e6}, 2, SAY)
    assert "A is fastest: B takes 2.5 times as long." in made
    assert "20 ms" in made
    assert "width:40.0%" in made
    assert "5.0 MB" in made
    assert "last 2 runs" in made


def test_nobody_is_fastest_by_a_hair() -> None:
    made = plots.plots({"A · a": 1.0, "B · b": 1.05}, {}, 1, SAY)
    assert "about the same time" in made
    assert plots.plots({}, {}, 0, SAY) == ""


# The address ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", registry.TASKS)
def test_no_field_takes_a_name_of_the_page(tag: str) -> None:
    task = registry.get(tag)
    keys = [address.key(slot) for slot in (*slots(task.inputs), *slots(task.params))]
    assert not set(keys) & set(address.OWN)
    assert len(set(keys)) == len(keys)
