"""Forbidden tokens get the scores that transformers' own processors give them."""

import pytest
import torch
from transformers.generation.logits_process import (
    MinLengthLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
)

from pipelines.loaders.forbidden import Forbidden, struck

WORDS, BEGIN = 12, 3
TOKENS = [1, 5, 11, WORDS, -1]  # two that the model has not: transformers passes over them


@pytest.mark.parametrize("written", [BEGIN - 1, BEGIN, BEGIN + 1])
@pytest.mark.parametrize(
    "processor",
    [
        SuppressTokensLogitsProcessor(TOKENS),
        SuppressTokensAtBeginLogitsProcessor(TOKENS, begin_index=BEGIN),
    ],
    ids=["always", "at the begin"],
)
def test_the_same_scores(
    processor: SuppressTokensLogitsProcessor | SuppressTokensAtBeginLogitsProcessor, written: int
) -> None:
    found = struck([processor])
    assert found
    assert isinstance(found[0], Forbidden)
    ids, scores = torch.zeros(2, written, dtype=torch.long), torch.randn(2, WORDS)
    before = scores.clone()
    assert torch.equal(found[0](ids, scores), processor(ids, scores))
    assert torch.equal(scores, before)


def test_a_begin_that_is_told_later() -> None:
    first = struck([SuppressTokensAtBeginLogitsProcessor([0], begin_index=1)])
    always = struck([SuppressTokensLogitsProcessor([0])])
    assert first
    assert always
    for each in (first[0], always[0]):
        each.set_begin_index(BEGIN)
    ids, scores = torch.zeros(1, 1, dtype=torch.long), torch.zeros(1, 2)
    assert first[0](ids, scores).tolist() == [[0, 0]]
    assert always[0](ids, scores).tolist() == [[-float("inf"), 0]]


def test_others_stay_as_they_are() -> None:
    other = MinLengthLogitsProcessor(3, 0)
    assert struck([other]) == [other]
    assert struck(None) is None
