"""The part of a loaded model that takes nearly all of its time, and what goes into it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

from pipelines.loaders.encoder import Encoder
from pipelines.loaders.sentence_transformers import Embedder, Reranker

PIPELINES = ("image-classification", "audio-classification", "depth-estimation")
Given = Mapping[str, Any]


def module_of(pipe: Any) -> Any:
    """The torch module that does the work; None for a model whose work is not one call."""
    if isinstance(pipe, Encoder):
        return pipe.model
    if isinstance(pipe, Reranker):
        return pipe.model.model
    if isinstance(pipe, Embedder):
        return getattr(pipe.model[0], "auto_model", None)
    return pipe.model if getattr(pipe, "task", "") in PIPELINES else None


@contextmanager
def seen(module: Any) -> Iterator[list[dict[str, Any]]]:
    """What is given to the module meanwhile, by name, one dictionary for each call."""
    calls: list[dict[str, Any]] = []
    forward = module.forward

    @wraps(forward)  # some ask for its signature
    def look(*given: Any, **named: Any) -> Any:
        if not given:
            calls.append(named)
        return forward(*given, **named)

    with instead(module, look):
        yield calls


def tensors(given: Given) -> dict[str, Any]:
    import torch

    return {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}


def rest(given: Given) -> dict[str, Any]:
    """What is no tensor: options, which a converted model has for good."""
    return {name: value for name, value in given.items() if name not in tensors(given)}


@contextmanager
def instead(module: Any, forward: Callable[..., Any]) -> Iterator[None]:
    """Lets `forward` do the module's work meanwhile."""
    put(module, forward)
    try:
        yield
    finally:
        take_out(module)


def put(module: Any, forward: Callable[..., Any]) -> None:
    module.forward = forward


def take_out(module: Any) -> None:
    """The class's own forward again."""
    module.__dict__.pop("forward", None)
