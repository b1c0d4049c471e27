"""Tokens that a model may not write, struck out without a search through its vocabulary.

transformers looks for each word of the vocabulary among the forbidden ones at every step: for
Whisper, with 51,864 words and 90 forbidden ones, a quarter of the time of a transcript.
"""

from collections.abc import Sequence
from typing import Any


def struck(processors: Sequence[Any] | None) -> list[Any] | None:
    """The same processors of logits, those that forbid tokens by quicker ones."""
    return None if processors is None else [quicker(each) for each in processors]


def quicker(processor: Any) -> Any:
    from transformers.generation import logits_process as theirs

    if type(processor) is theirs.SuppressTokensLogitsProcessor:
        return Forbidden(processor.suppress_tokens)
    if type(processor) is theirs.SuppressTokensAtBeginLogitsProcessor:
        return Forbidden(processor.begin_suppress_tokens, processor.begin_index)
    return processor


class Forbidden:
    """`tokens`, of shape (tokens,), get a score of minus infinity; with `begin_index` only while as
    many tokens stand there, that is at the first one that is written."""

    def __init__(self, tokens: Any, begin_index: int | None = None) -> None:
        self.tokens, self.begin_index = tokens, begin_index

    def set_begin_index(self, begin_index: int) -> None:
        """Whisper tells it to those that it asks first."""
        if self.begin_index is not None:
            self.begin_index = begin_index

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores of shape (rows, vocabulary)."""
        if self.begin_index is not None and input_ids.shape[-1] != self.begin_index:
            return scores
        known = (self.tokens >= 0) & (self.tokens < scores.shape[-1])
        return scores.index_fill(-1, self.tokens[known].to(scores.device), -float("inf"))
