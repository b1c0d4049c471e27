"""How likely tokens were, in the shape of OpenAI's completions."""

from collections.abc import Sequence
from typing import Any


class Likelihoods:
    """Makes OpenAI's `logprobs` of the tokens of one text as they come, with the `most` likeliest
    of each place."""

    def __init__(self, most: int) -> None:
        self.most, self.place = most, 0

    def push(self, token: Any, top: Sequence[Any] | None) -> dict[str, list[Any]]:
        """Of one token. `text_offset` is where it begins, in characters of the answer."""
        at, text = self.place, "" if token["special"] else token["text"]
        self.place += len(text)
        likeliest = {each["text"]: each["logprob"] for each in (top or ())[: self.most]}
        return {
            "tokens": [token["text"]],
            "token_logprobs": [token["logprob"]],
            "top_logprobs": [likeliest] if self.most else [],
            "text_offset": [at],
        }


def likelihoods(tokens: Sequence[Any], tops: Sequence[Any] | None, most: int) -> dict[str, Any]:
    """Of all tokens of a text."""
    each = Likelihoods(most)
    told = [each.push(token, tops[at] if tops else None) for at, token in enumerate(tokens)]
    names = ("tokens", "token_logprobs", "top_logprobs", "text_offset")
    return {name: [value for one in told for value in one[name]] for name in names} | (
        {} if most else {"top_logprobs": None}
    )
