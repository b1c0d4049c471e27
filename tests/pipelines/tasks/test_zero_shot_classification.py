"""What zero-shot-classification answers besides what tests/zoo and test_encoders.py compare."""

from typing import Any

import pytest
from transformers import pipeline

from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.loaders.classifier import beginning
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo
from tests.zoo.alike import alike
from tests.zoo.encoders import NAMES, labels

TAG = "zero-shot-classification"
HEAD = "SequenceClassification"
USUAL = zoo.roberta(TAG, HEAD, **labels({0: "contradiction", 1: "neutral", 2: "entailment"}))
FIRST = zoo.bert(TAG, HEAD, **labels({0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"}))
TWO = zoo.deberta(TAG, HEAD, **labels({0: "entailment", 1: "not_entailment"}))
MIDDLE = zoo.bert(TAG, HEAD, **labels({0: "neutral", 1: "Entailed", 2: "contradiction"}))
BARE = zoo.bert(TAG, HEAD, num_labels=3)
OTHER = zoo.bert("text-classification", HEAD, **labels(NAMES))
TEXT = "The quick brown fox 東京 🦊"
LABELS = ["fox", "lazy dog", "東京", "e\u0301"]
CLOSE = 1e-5


def row(text: str = TEXT, names: list[str] = LABELS) -> dict[str, Any]:
    return {"text": text, "candidate_labels": names}


@pytest.mark.parametrize("build", [USUAL, FIRST, TWO])
@pytest.mark.parametrize(
    "parameters", [{}, {"multi_label": True}, {"hypothesis_template": "{} is it."}]
)
@pytest.mark.parametrize("names", [LABELS, LABELS[:1]])
def test_scores_are_those_of_transformers(
    bench: Bench, build: Any, parameters: dict[str, Any], names: list[str]
) -> None:
    found = bench.answer(TAG, build, row(names=names), **parameters)
    library = pipeline(TAG, model=str(bench.path(build)))
    if build is TWO:
        library.tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    expected = library(TEXT, names, **parameters)
    assert [each["label"] for each in found] == expected["labels"]
    assert [each["score"] for each in found] == pytest.approx(expected["scores"], abs=CLOSE)


def test_the_opposite_is_found_by_its_name(bench: Bench) -> None:
    """transformers takes the first label for it, whatever it is called."""
    found = bench.answer(TAG, MIDDLE, row(names=["fox"]))
    pipe = bench.pipe(TAG, MIDDLE)
    given = pipe.tokenizer(TEXT, "This example is fox.", return_tensors="pt")
    chance = pipe.model(**given).logits[0, [2, 1]].softmax(-1)[1].item()
    assert found[0]["score"] == pytest.approx(chance, abs=CLOSE)


def test_labels_that_say_nothing_are_told(bench: Bench) -> None:
    (found,), told = bench.answers(TAG, BARE, row())
    assert len(found) == len(LABELS)
    assert told == [
        "None of this model's labels (LABEL_0, LABEL_1, LABEL_2) is called entailment; the last "
        "one is taken for it."
    ]


def test_who_does_it(bench: Bench) -> None:
    task = registry.get(TAG)
    assert not task.accepts(bench.model(OTHER))
    assert all(task.accepts(bench.model(build)) for build in (USUAL, FIRST, TWO, MIDDLE, BARE))


@pytest.mark.parametrize("build", [USUAL, FIRST, TWO])
def test_a_long_text_is_cut_and_the_label_is_not(bench: Bench, build: Any) -> None:
    (found,), told = bench.answers(TAG, build, row("the fox " * 300))
    assert len(told) == 1
    assert "64 tokens" in told[0]
    (again,), _ = bench.answers(TAG, build, row("the fox " * 300 + "and more"))
    assert alike(again, found)
    assert len({each["score"] for each in found}) == len(LABELS)


@pytest.mark.parametrize("build", [USUAL, FIRST, TWO])
@pytest.mark.parametrize("names", [["a", "b"], ["a", "the fox " * 40]])
def test_a_very_long_text_is_answered_as_if_all_of_it_were_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, build: Any, names: list[str]
) -> None:
    text = "the quick 東京 e\u0301 🦊 foxes " * 200
    given = {"hypothesis_template": "{}"}
    pipe = bench.pipe(TAG, build)
    assert (len(beginning(pipe, text, names)) < 2000) == (len(names[1]) == 1)
    found = bench.answers(TAG, build, row(text, names), **given)
    monkeypatch.setattr("pipelines.tasks.zero_shot_classification.beginning", lambda _, t, __: t)
    assert bench.answers(TAG, build, row(text, names), **given) == found
    assert "64 tokens" in found[1][0]


def test_more_pairs_than_one_request_may_have(bench: Bench) -> None:
    names = [str(at) for at in range(1000)]
    with pytest.raises(InvalidInput, match="inputs: 6,000 pairs .* at most 5,000"):
        bench.answers(TAG, USUAL, [row("a", names)] * 6)


def test_a_batch_is_answered_as_each_alone(bench: Bench) -> None:
    rows = [row(), row("a"), row("the fox " * 99, ["a", "b"])]
    many, _ = bench.answers(TAG, USUAL, rows)
    for each, found in zip(rows, many, strict=True):
        (alone,), _ = bench.answers(TAG, USUAL, each)
        assert [one["label"] for one in found] == [one["label"] for one in alone]
        scores = [one["score"] for one in alone]
        assert [one["score"] for one in found] == pytest.approx(scores, abs=CLOSE)


def test_what_clients_send() -> None:
    task = registry.get(TAG)
    parameters = {"candidate_labels": ["a", "b"], "multi_label": False}
    asked = task.read({"inputs": ["x", "y"], "parameters": parameters}, Limits())
    assert asked.many
    assert [each.candidate_labels for each in asked.inputs] == [["a", "b"]] * 2
    legacy = task.read({"inputs": "x", "parameters": {"candidate_labels": "a, b"}}, Limits())
    assert legacy.inputs[0].candidate_labels == ["a", "b"]


@pytest.mark.parametrize("template", ["no place", "{} and {}", "{label}", "{0}"])
def test_templates_that_are_refused_by_name(bench: Bench, template: str) -> None:
    with pytest.raises(InvalidInput, match="hypothesis_template"):
        bench.answer(TAG, USUAL, row(), hypothesis_template=template)
