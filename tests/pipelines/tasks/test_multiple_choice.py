"""What multiple-choice answers besides what tests/zoo compares."""

from typing import Any

import pytest

from pipelines.errors import InvalidInput
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo

TAG = "multiple-choice"
BERT = zoo.bert(TAG, "MultipleChoice")
XLMR = zoo.xlm_roberta(TAG, "MultipleChoice")
CHOICES = ["a lazy dog", "東京 🦊", "e\u0301te"]
CLOSE = 1e-5


def row(prompt: str = "The quick fox", choices: list[str] = CHOICES) -> dict[str, Any]:
    return {"prompt": prompt, "choices": choices}


@pytest.mark.parametrize("build", [BERT, XLMR])
def test_chances_of_all_choices_best_first(bench: Bench, build: Any) -> None:
    found = bench.answer(TAG, build, row())
    assert {each["label"] for each in found} == set(CHOICES)
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1)


def test_one_choice_is_certain_and_equal_ones_are_equal(bench: Bench) -> None:
    assert bench.answer(TAG, BERT, row(choices=["x"])) == [{"label": "x", "score": 1.0}]
    twice = bench.answer(TAG, BERT, row(choices=["x", "x"]))
    assert [each["score"] for each in twice] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("build", [BERT, XLMR])
def test_a_long_prompt_is_cut_and_that_is_told(bench: Bench, build: Any) -> None:
    (found,), told = bench.answers(TAG, build, row("the fox " * 300))
    assert (len(found), len(told)) == (3, 1)
    assert "64 tokens" in told[0]


def test_a_batch_is_answered_as_each_alone(bench: Bench) -> None:
    rows = [row(), row("a", ["x", "y"]), row("the fox " * 99)]
    many, _ = bench.answers(TAG, BERT, rows)
    for each, found in zip(rows, many, strict=True):
        (alone,), _ = bench.answers(TAG, BERT, each)
        assert [one["label"] for one in found] == [one["label"] for one in alone]
        scores = [one["score"] for one in alone]
        assert [one["score"] for one in found] == pytest.approx(scores, abs=CLOSE)


@pytest.mark.parametrize("choices", [[], [" "], "text"])
def test_choices_that_are_refused_by_name(bench: Bench, choices: Any) -> None:
    with pytest.raises(InvalidInput, match="choices"):
        bench.answer(TAG, BERT, row(choices=choices))
