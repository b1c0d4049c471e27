"""Forbidden tokens get the scores that transformers' own processors give them."""

from copy import copy

import pytest
import torch
from transformers.generation.logits_process import (
    MinLengthLogitsProcessor,
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
)

from pipelines.loaders.forbidden import struck

WORDS, BEGIN = 12, 3
TOKENS = [1, 5, 11, WORDS, -1]  # two that the model has not: transformers passes over them


@pytest.mark.parametrize("written", [BEGIN - 1, BEGIN, BEGIN + 1])
@pytest.mark.parametrize("tokens", [TOKENS, []], ids=["some", "none"])
@pytest.mark.parametrize("begins", [False, True], ids=["always", "at the begin"])
def test_the_same_scores(begins: bool, tokens: list[int], written: int) -> None:
    theirs = (
        SuppressTokensAtBeginLogitsProcessor(tokens, begin_index=BEGIN)
        if begins
        else SuppressTokensLogitsProcessor(tokens)
    )
    (quicker,) = struck([copy(theirs)]) or ()
    assert type(quicker) is not type(theirs)
    assert isinstance(quicker, type(theirs))  # as which Whisper looks for it
    ids, scores = torch.zeros(2, written, dtype=torch.long), torch.randn(2, WORDS)
    before = scores.clone()
    assert torch.equal(quicker(ids, scores), theirs(ids, scores))
    assert torch.equal(scores, before)


def test_others_stay_as_they_are() -> None:
    other = MinLengthLogitsProcessor(3, 0)
    assert struck([other]) == [other]
    assert type(other) is MinLengthLogitsProcessor
    assert struck(None) is None
