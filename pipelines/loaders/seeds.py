"""Draws that can be repeated, and that nobody else's draws follow from."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def drawn(seed: int | None) -> Iterator[None]:
    """Draws from `seed` inside, leaving the generators outside as they were."""
    import torch

    with torch.random.fork_rng(enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        yield
