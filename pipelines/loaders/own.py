"""A module's own forward, whatever may stand in for it (`pipelines.acceleration`)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def own_forward(modules: Sequence[Any]) -> Iterator[None]:
    """Inside, each module computes by its class and by the weights that it has just now. What
    accelerate put there, to move a module between devices, stays."""
    mine = [module for module in modules if not hasattr(module, "_hf_hook")]
    kept = [(module, module.__dict__.pop("forward", None)) for module in mine]
    try:
        yield
    finally:
        for module, forward in kept:
            if forward is not None:
                module.forward = forward
