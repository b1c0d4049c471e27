"""A tiny model that writes what it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from pipelines.loaders.generation import Generator


@contextmanager
def dictated(pipe: Generator, text: str, *special: str, end: bool = True) -> Iterator[None]:
    """Inside, the likeliest tokens are those of `text`, and then the end unless `end` is off."""
    ids = pipe.tokenizer(text, add_special_tokens=False)["input_ids"]
    ids = [*pipe.tokenizer.convert_tokens_to_ids(list(special)), *ids]
    ids += [pipe.tokenizer.eos_token_id] if end else []
    left = iter(ids)

    def likeliest(_module: Any, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        changed = torch.zeros_like(logits)
        changed[..., next(left, ids[-1])] = 50.0
        return changed

    hook = pipe.model.lm_head.register_forward_hook(likeliest)
    try:
        yield
    finally:
        hook.remove()
