"""What changes the scores of single tokens, as OpenAI defines it: penalties on what the answer says
already, and a bias."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.kinds.inputs import FIXED

# Ids of tokens in decimal digits, since JSON's keys are text
Biases = Annotated[
    dict[Annotated[str, Field(pattern="^[0-9]{1,9}$")], Annotated[float, Field(ge=-100, le=100)]],
    Field(max_length=1024),
    FIXED,
]


class Penalties:
    """A logits processor. The prompt is not counted, only what was written after it."""

    def __init__(self, frequency: float, presence: float) -> None:
        self.frequency, self.presence = frequency, presence
        self.start: int | None = None  # tokens before the answer

    def __call__(self, ids: Any, scores: Any) -> Any:
        """`scores` (batch, vocabulary) less the penalties; `ids` (batch, tokens so far)."""
        import torch

        if self.start is None:
            self.start = ids.shape[1]
        written = ids[:, self.start :]
        counts = torch.zeros_like(scores)
        counts.scatter_add_(1, written, torch.ones_like(written, dtype=scores.dtype))
        return scores - self.frequency * counts - self.presence * (counts > 0)


class Bias:
    """A logits processor that adds a number to the scores of tokens by their ids."""

    def __init__(self, bias: Mapping[int, float]) -> None:
        self.bias = bias

    def __call__(self, ids: Any, scores: Any) -> Any:
        """`scores` (batch, vocabulary) with the bias. Raises InvalidInput for ids beyond it."""
        count = scores.shape[-1]
        if beyond := [id for id in self.bias if id >= count]:
            raise InvalidInput(
                f"parameters.logit_bias: this model has the tokens 0 to {count - 1:,}, and no "
                f"{beyond[0]:,}."
            )
        changed = scores.clone()
        for id, add in self.bias.items():
            changed[:, id] += add
        return changed
