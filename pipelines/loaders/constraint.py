"""An answer that a grammar rules: at each place only what may follow there can be written."""

from collections.abc import Sequence
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.loaders.grammars import first_lines, limits


def vocabulary(tokenizer: Any, ends: Sequence[int]) -> Any:
    """llguidance's view of a tokenizer whose tokens `ends` end an answer. It takes up to a second.

    Raises InvalidInput for a tokenizer that it cannot read.
    """
    from llguidance.hf import from_tokenizer

    if not ends:
        raise InvalidInput("This model has no token that ends an answer, which a grammar needs.")
    try:
        return from_tokenizer(tokenizer, eos_token=list(ends))
    except ValueError as error:
        raise InvalidInput(
            f"This model's tokenizer, {type(tokenizer).__name__}, does not tell the bytes of its "
            "tokens, so its answers cannot be held to a grammar. Leave the grammar out, or choose "
            "a model whose tokens are pieces of bytes."
        ) from error


class Constraint:
    """A logits processor. Raises InvalidInput, before the model is asked, for a grammar that it
    cannot begin with."""

    def __init__(self, tokens: Any, grammar: str) -> None:
        from llguidance import LLMatcher

        self.matcher = LLMatcher(tokens, grammar, log_level=0, limits=limits())
        self.seen: int | None = None  # tokens that the matcher knows of, the prompt's among them
        self.allowed()

    def __call__(self, ids: Any, scores: Any) -> Any:
        """`scores` (batch of 1, vocabulary), without those of tokens that may not come next."""
        import torch

        written = ids.shape[1]
        self.matcher.consume_tokens(ids[0, self.seen or written :].tolist())
        self.seen = written
        allowed = fitted(self.allowed(), scores.shape[-1]).to(scores.device)
        kept = scores.masked_fill(~allowed, -torch.inf)
        if bool(torch.isneginf(kept).all()):  # another rule of the model's forbade all of these
            kept = torch.zeros_like(scores).masked_fill(~allowed, -torch.inf)
        return kept

    def allowed(self) -> Any:
        """Whether each token may come next, shape (tokens,). Raises InvalidInput where none may."""
        import numpy as np
        import torch

        bits = np.frombuffer(self.matcher.compute_bitmask(), np.uint8)
        self.check()
        return torch.from_numpy(np.unpackbits(bits, bitorder="little").astype(bool))

    def check(self) -> None:
        if self.matcher.is_error():
            raise InvalidInput(
                f"The grammar cannot be held to: {first_lines(self.matcher.get_error())}"
            )
        if self.matcher.is_stopped() and not self.matcher.is_accepting():
            raise InvalidInput(
                "The grammar asks for what this model's tokens cannot write. Allow other letters."
            )


def fitted(allowed: Any, count: int) -> Any:
    """The same for `count` tokens: scores of a model may be more or fewer than its tokenizer's."""
    import torch

    more = torch.zeros(max(0, count - len(allowed)), dtype=torch.bool)
    return torch.cat([allowed, more])[:count]
