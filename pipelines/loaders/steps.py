"""One token of an answer, and how an answer is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Reason = Literal["length", "eos_token", "stop_sequence"]


@dataclass(frozen=True)
class Token:
    """A token that could have stood in a place, and its log probability there."""

    id: int
    text: str
    logprob: float
    special: bool


@dataclass(frozen=True)
class Step:
    """One token: its id, the text it completes, its log probability, and why it is the last.

    `top` are the likeliest tokens in its place, likeliest first, if any were asked for.
    """

    id: int
    text: str
    logprob: float
    special: bool
    finish: Reason | None = None
    top: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Options:
    """How to generate. `sampling` goes to `model.generate`; `keep_stop` keeps a stop word.

    `frequency` and `presence` are taken from the score of a token that the answer has already, the
    one as often as it has it, the other once (OpenAI's penalties). `top` is how many of the
    likeliest tokens to tell at each step. `bias` is added to the scores of tokens by their ids.
    `grammar`, llguidance's, is what the answer must be a sentence of.
    """

    max_new_tokens: int
    stop: tuple[str, ...] = ()
    seed: int | None = None
    keep_stop: bool = False
    sampling: dict[str, Any] = field(default_factory=dict)
    frequency: float = 0.0
    presence: float = 0.0
    top: int = 0
    bias: Mapping[int, float] = field(default_factory=dict)
    grammar: str | None = None
