"""Answers that a grammar rules: its forms, its bounds, and every kind of tokenizer."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import torch
from transformers.utils.logging import disable_progress_bar

from pipelines.errors import InvalidInput
from pipelines.loaders.constraint import Constraint
from pipelines.loaders.grammars import grammar_of
from tests.pipelines.tasks.written import Writer, writer
from tests.zoo import parts, talkers, writers
from tests.zoo.text_generation import qwen

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 8},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "tags": {"type": "array", "items": {"enum": ["é", "東", '"']}, "maxItems": 2},
    },
    "required": ["name", "age", "tags"],
    "additionalProperties": False,
}
JSON = {"type": "json_object", "value": PERSON}
MESSAGES = [{"role": "user", "content": "Who?"}]

# Pieces of bytes, letters with bytes for the rest, one that also sees pictures
TALKERS: dict[str, Callable[[Path], None]] = {
    "qwen": qwen,
    "llama": lambda folder: parts.llama(folder, positions=256),
    "llava": talkers.llava,
}
# One that goes on, one with an encoder, and two whose tokenizers do not tell their bytes
WRITERS: dict[str, Callable[[Path], None]] = {
    "gpt2": parts.gpt2,
    "bart": lambda folder: writers.bart(folder, "text2text-generation"),
    "t5": lambda folder: writers.t5(folder, "text2text-generation"),
}
Make = Callable[[str], Writer]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("grammars")

    def made(name: str) -> Writer:
        if name in WRITERS:
            return writer(folder, "text-generation", WRITERS[name], name)
        tag = "image-text-to-text" if name == "llava" else "conversational"
        return writer(folder, tag, TALKERS[name], name)

    return cache(made)


def said(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


# The tokenizers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TALKERS)
@pytest.mark.parametrize("seed", range(3))
def test_every_answer_is_what_its_schema_says(make: Make, name: str, seed: int) -> None:
    given = {"temperature": 2, "seed": seed, "max_tokens": 150, "response_format": JSON}
    whole = make(name).ask(MESSAGES, **given)
    assert whole["choices"][0]["finish_reason"] == "stop"
    jsonschema.validate(json.loads(said(whole)), PERSON)
    assert said(make(name).joined(MESSAGES, **given)) == said(whole)


def test_a_picture_is_told_of_in_a_schema(make: Make) -> None:
    asked = [{"role": "user", "content": [talkers.image(), talkers.text("Who?")]}]
    answer = make("llava").ask(asked, temperature=0, max_tokens=150, response_format=JSON)
    jsonschema.validate(json.loads(said(answer)), PERSON)


@pytest.mark.parametrize("name", ["gpt2", "bart"])
@pytest.mark.parametrize("pattern", [r"[a-z]{4}", r"(yes|no), \d{2}!", "東京é?"])
def test_a_regex_is_matched_whole(make: Make, name: str, pattern: str) -> None:
    grammar = {"type": "regex", "value": pattern}
    (made,) = make(name).ask("fox", max_new_tokens=40, details=True, grammar=grammar)
    assert re.fullmatch(pattern, made["generated_text"])
    assert made["details"]["finish_reason"] == "eos_token"


def test_several_draws_are_ruled_each(make: Make) -> None:
    (made,) = make("gpt2").ask(
        "fox", max_new_tokens=20, details=True, do_sample=True, seed=1, best_of=3,
        grammar={"type": "regex", "value": "[a-z]{3}"},
    )  # fmt: skip
    others = made["details"]["best_of_sequences"]
    texts = [made["generated_text"], *(each["generated_text"] for each in others)]
    assert len(texts) == 3
    assert all(re.fullmatch("[a-z]{3}", text) for text in texts)


def test_a_tokenizer_that_does_not_tell_its_bytes_is_named(make: Make) -> None:
    with pytest.raises(InvalidInput, match="tokenizer, T5Tokenizer, does not tell the bytes"):
        make("t5").ask("fox", grammar={"type": "regex", "value": "a"})


def test_an_answer_that_is_cut_says_so(make: Make) -> None:
    answer = make("qwen").ask(MESSAGES, temperature=0, max_tokens=5, response_format=JSON)
    assert answer["choices"][0]["finish_reason"] == "length"
    assert said(answer)
    assert not said(answer).endswith("}")


def test_what_the_grammar_allows_outranks_other_rules(make: Make) -> None:
    pipe = make("qwen").pipe
    rule = Constraint(pipe.vocabulary, grammar_of({"type": "regex", "value": "[ab]"}) or "")
    count = len(pipe.tokenizer) + 3  # scores of a model may be more than its tokens
    kept = rule(torch.tensor([[5, 6]]), torch.full((1, count), -torch.inf))
    ids = torch.isfinite(kept[0]).nonzero()[:, 0].tolist()
    assert sorted(map(pipe.tokenizer.decode, ids)) == ["a", "b"]


# The forms ---------------------------------------------------------------------------------------


def test_every_form_means_the_same_schema() -> None:
    named = {"name": "person", "schema": PERSON, "strict": True}
    forms: list[Any] = [
        {"type": "json_schema", "json_schema": named},
        {"type": "json_schema", "value": named},
        {"type": "json_schema", "value": PERSON},
        {"type": "json_object", "value": PERSON},
        {"type": "json", "value": PERSON},
        {"type": "json", "value": json.dumps(PERSON)},
    ]
    assert len(set(map(grammar_of, forms))) == 1
    objects: list[Any] = [
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "x"}},
    ]
    assert grammar_of(objects[0]) == grammar_of(objects[1]) != grammar_of(forms[0])
    assert grammar_of({"type": "text"}) is None


def chain(count: int, link: Callable[[str], Any]) -> dict[str, Any]:
    """A schema whose parts each name the one before."""
    parts = {f"d{n}": link(f"#/$defs/d{n - 1}") for n in range(1, count)}
    return {"$defs": {"d0": {"type": "string"}, **parts}, "$ref": f"#/$defs/d{count - 1}"}


def twice(name: str) -> Any:
    part = {"$ref": name, "minLength": 1}
    return {"type": "object", "properties": {"a": part, "b": part}}


def patterns(count: int) -> Any:
    return {"patternProperties": {f"^{n}.*": {"type": "string"} for n in range(count)}}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "type should be text, json_object"),
        ({"type": "grammar", "value": "x"}, "type should be"),
        ({"type": "json"}, "needs a JSON schema"),
        ({"type": "json_schema"}, "needs a JSON schema"),
        ({"type": "json_object", "value": 7}, "needs a JSON schema"),
        ({"type": "json_object", "mood": 1}, "does not know mood"),
        ({"type": "json", "value": "{"}, "the schema is no JSON"),
        ({"type": "json", "value": {"type": "frog"}}, "cannot be held to: Invalid type: frog"),
        ({"type": "json", "value": {"not": {}}}, 'Unimplemented keys: ["not"]'),
        ({"type": "json", "value": {"$ref": "http://a/b"}}, "is not present"),
        ({"type": "json", "value": {"enum": []}}, "cannot be held to"),
        ({"type": "json", "value": {"x": "y" * 100_001}}, "at most 100,000 are allowed"),
        ({"type": "json", "value": chain(40, twice)}, "grows to more than 5,000 parts"),
        ({"type": "json", "value": chain(999, lambda name: {"$ref": name})}, "refers to 999 parts"),
        ({"type": "json", "value": patterns(51)}, "has 51 patternProperties"),
        ({"type": "regex"}, "a regex is written as"),
        ({"type": "regex", "value": ["a"]}, "a regex is written as"),
        ({"type": "regex", "value": "("}, "unclosed group"),
        ({"type": "regex", "value": "(?=a)b"}, "look-ahead"),
        ({"type": "regex", "value": "a" * 100_001}, "at most 100,000 are allowed"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_grammar_is_said(given: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        grammar_of(given)


def test_a_schema_that_names_its_parts_often_is_taken() -> None:
    """Where nothing is merged, a part is read once, however often it is named."""

    def both(name: str) -> Any:
        return {"type": "object", "properties": {"a": {"$ref": name}, "b": {"$ref": name}}}

    plain = chain(100, both)
    assert grammar_of({"type": "json", "value": plain})
    assert grammar_of({"type": "json", "value": chain(5, twice)})
    assert grammar_of({"type": "json", "value": patterns(5)})
    circle = {"type": "object", "properties": {"next": {"$ref": "#"}}}
    assert grammar_of({"type": "json", "value": circle})


def test_what_is_too_much_work_is_refused_before_the_model_is_asked(make: Make) -> None:
    primes = [{"type": "integer", "multipleOf": prime} for prime in (999_983, 999_979, 999_961)]
    schema = {"type": "json", "value": {"allOf": primes}}
    with pytest.raises(InvalidInput, match="The grammar cannot be held to: fuel exhausted"):
        make("qwen").ask(MESSAGES, response_format=schema)
