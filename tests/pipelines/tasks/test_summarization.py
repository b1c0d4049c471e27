"""Summarization: models made for it, and chat models that are asked for it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from transformers.utils.logging import disable_progress_bar

from pipelines import registry
from pipelines.errors import InvalidInput
from tests.pipelines.tasks.dictation import dictated
from tests.pipelines.tasks.written import Writer, found, writer
from tests.zoo import parts, writers
from tests.zoo.summarization import OWN, TEXT
from tests.zoo.translation import TASKS

BUILDS: dict[str, Callable[[Path], None]] = {
    "bart": lambda folder: writers.bart(folder, task_specific_params=OWN),
    "t5": lambda folder: writers.t5(folder, "summarization", TASKS),
    "led": writers.led,
    "pegasus": writers.pegasus,
    "chat": lambda folder: parts.llama(folder, positions=256),
}
Make = Callable[[str], Writer]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("summarization")
    return cache(lambda name: writer(folder, "summarization", BUILDS[name], name))


def generated(of: Writer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What goes to the model from now on."""
    seen: list[dict[str, Any]] = []
    generate = of.pipe.model.generate

    def spy(**given: Any) -> Any:
        seen.append(given)
        return generate(**given)

    monkeypatch.setattr(of.pipe.model, "generate", spy)
    return seen


@pytest.mark.parametrize("name", list(BUILDS))
def test_one_of_several_is_answered_as_alone(make: Make, name: str) -> None:
    texts = [TEXT, "fox", "👩‍👩‍👧 🇫🇷 e\u0301 東京は日本の首都です。", "Привет, мир!\n\n  two"]
    given = {"generate_parameters": {"max_new_tokens": 7}}
    together = make(name).ask(texts, **given)
    assert together == [make(name).ask(each, **given)[0] for each in texts]
    assert all(each.keys() == {"summary_text"} for each in together)


@pytest.mark.parametrize(("name", "most"), [("bart", 64), ("t5", 64), ("led", 96), ("pegasus", 64)])
def test_a_long_text_is_cut_and_told(make: Make, name: str, most: int) -> None:
    long = "The lazy dog. " * 200
    value, told = make(name).told(long)
    assert told == [
        f"inputs is longer than the {most} tokens that this model reads; the rest was left out."
    ]
    assert value == make(name).ask(long, truncation="longest_first")
    with pytest.raises(InvalidInput, match=rf"inputs: a text has [\d,]+ tokens, .* reads {most}"):
        make(name).ask(long, truncation="do_not_truncate")


def test_what_the_file_says_of_summaries_holds_unless_the_caller_says_otherwise(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = generated(make("bart"), monkeypatch)
    make("bart").ask(TEXT)
    make("bart").ask(TEXT, generate_parameters={"num_beams": 1, "max_new_tokens": 3})
    names = ("max_length", "min_length", "num_beams", "length_penalty")
    assert [tuple(each[name] for name in names) for each in given] == [
        (14, 6, 2, 2.0),
        (4, 4, 1, 2.0),  # the file's shortest is longer than what the caller wants at most
    ]


def test_the_words_before_the_text_are_not_doubled(make: Make) -> None:
    assert make("t5").ask(f"summarize: {TEXT}") == make("t5").ask(TEXT)


# A chat model ----------------------------------------------------------------------------------


def test_a_chat_model_is_one_model_for_all_it_does(make: Make) -> None:
    chat = make("chat").model
    tags = ["text-generation", "conversational", "summarization", "decision"]
    assert {task.tag for task in registry.for_model(chat)} >= set(tags)
    assert registry.for_model(chat)[0].tag == "text-generation"
    assert len({registry.get(tag).loader(chat) for tag in tags}) == 1


def test_a_chat_model_says_it_in_few_words(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    given = generated(make("chat"), monkeypatch)
    with dictated(make("chat").pipe, "A fox."):
        assert make("chat").ask(TEXT) == [{"summary_text": "A fox."}]
    (seen,) = given
    assert seen["do_sample"] is False
    assert seen["max_length"] - seen["input_ids"].shape[1] <= 160


def test_a_text_longer_than_a_chat_sees_is_cut_and_told(make: Make) -> None:
    asked = {"generate_parameters": {"max_new_tokens": 8}}
    value, told = make("chat").told("fox " * 500, **asked)
    assert value[0].keys() == {"summary_text"}
    assert len(told) == 1
    assert "tokens that this model reads; the rest was left out." in told[0]
    assert make("chat").told("fox", **asked)[1] == []
    with pytest.raises(InvalidInput, match=r"inputs: a text has [\d,]+ tokens"):
        make("chat").ask("fox " * 500, truncation="do_not_truncate", **asked)


def test_a_chat_model_takes_the_options_of_generation(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = generated(make("chat"), monkeypatch)
    make("chat").ask("fox", generate_parameters={"num_beams": 2, "max_new_tokens": 4})
    assert given[0]["num_beams"] == 2
    for bad in ({"max_length": 2}, {"min_new_tokens": 9, "max_new_tokens": 3}):
        with pytest.raises(InvalidInput, match=r"parameters\.generate_parameters"):
            make("chat").ask("fox", generate_parameters=bad)


# Which models ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "tags"),
    [
        (lambda f: writers.t5(f, "translation", TASKS), ["translation", "summarization"]),
        (lambda f: writers.t5(f, "text2text-generation"), ["text-generation"]),
        (
            lambda f: writers.t5(f, "text2text-generation", TASKS),
            ["text-generation", "summarization", "translation"],
        ),
        (lambda f: writers.bart(f, "summarization"), ["summarization"]),
        (writers.nllb, ["translation"]),
        (parts.gpt2, ["text-generation"]),
        (parts.encoder, ["feature-extraction"]),
    ],
)
def test_what_a_model_can_do(build: Any, tags: list[str], tmp_path: Path) -> None:
    able = [task.tag for task in registry.for_model(found(tmp_path, build, "one"))]
    assert able[0] == tags[0]
    written = {"translation", "summarization", "text-generation", "conversational"}
    assert set(able) & written == set(tags) & written
