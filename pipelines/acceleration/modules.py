"""The parts of a loaded model that take nearly all of its time, and what goes into them."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.encoder import Encoder
from pipelines.loaders.listening import Listener
from pipelines.loaders.own import own_forward
from pipelines.loaders.sentence_transformers import Embedder, Reranker

PIPELINES = ("image-classification", "audio-classification", "depth-estimation")
DENOISERS = ("unet", "transformer", "transformer_2", "prior")  # as diffusers calls them
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A module of torch. `exact` says that a graph of it is good for one shape of its input alone:
    it may compute with sizes that tracing takes for numbers."""

    name: str
    module: Any
    exact: bool = False


def parts_of(pipe: Any) -> list[Part]:
    """None for a model whose work is not done by calls of a module."""
    if isinstance(pipe, Diffusion):
        return drawing(pipe.base)
    module = module_of(pipe)
    return [] if module is None else [Part("model", module)]


def module_of(pipe: Any) -> Any:
    """The one module that does the work, if there is such a one."""
    if isinstance(pipe, Encoder):
        return pipe.model
    if isinstance(pipe, Embedder | Reranker):
        return getattr(pipe.model[0], "auto_model", None)
    if isinstance(pipe, Listener):
        return pipe.pipe.model if pipe.pipe.type == "ctc" else None
    return pipe.model if getattr(pipe, "task", "") in PIPELINES else None


def drawing(pipe: Any) -> list[Part]:
    """What is asked at every step of a diffusion, and what makes a picture of its end."""
    found = [Part(name, pipe.components.get(name), exact=True) for name in DENOISERS]
    found.append(Part("vae", getattr(getattr(pipe, "vae", None), "decoder", None), exact=True))
    return [part for part in found if part.module is not None]


@contextmanager
def seen(module: Any) -> Iterator[list[dict[str, Any]]]:
    """What is given to the module meanwhile, by name, one dictionary for each call."""
    calls: list[dict[str, Any]] = []
    forward = module.forward

    @wraps(forward)  # some ask for its signature
    def look(*given: Any, **named: Any) -> Any:
        calls.append(by_name(module, given, named))
        return forward(*given, **named)

    with instead(module, look):
        yield calls


def by_name(module: Any, given: Sequence[Any], named: Given) -> dict[str, Any]:
    """The arguments of a call by their names; those that are None say nothing."""
    if given:
        names = names_of(type(module).forward)
        if len(given) > len(names):
            raise ValueError("It is given more than it has names for.")
        named = dict(zip(names, given, strict=False)) | dict(named)
    return {name: value for name, value in named.items() if value is not None}


@lru_cache(64)
def names_of(forward: Callable[..., Any]) -> tuple[str, ...]:
    """What a module's forward, of its class, calls that which may come without a name."""
    plain = inspect.Parameter.POSITIONAL_OR_KEYWORD
    asked = inspect.signature(forward).parameters.values()
    return tuple(each.name for each in asked if each.kind is plain)[1:]


def tensors(given: Given) -> dict[str, Any]:
    """Those among the values, and those in a mapping among them as `name.key`."""
    import torch

    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, Mapping):
            found |= {f"{name}.{key}": each for key, each in tensors(value).items()}
    return found


def rest(given: Given) -> dict[str, Any]:
    """What is no tensor: options, which a converted model has for good. Raises ValueError for
    tensors in lists, which would stay those of the example."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{key}": each for key, each in rest(value).items()}
        elif isinstance(value, list | tuple) and tensors(
            {str(at): each for at, each in enumerate(value)}
        ):
            raise ValueError(f"{name} has tensors in it.")
        elif name not in tensors({name: value}):
            found[name] = value
    return found


def whole(flat: Given) -> dict[str, Any]:
    """What `tensors` and `rest` took apart."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        outer, _, inner = name.partition(".")
        if inner:
            found.setdefault(outer, {})[inner] = value
        else:
            found[name] = value
    return found


@contextmanager
def instead(module: Any, forward: Callable[..., Any]) -> Iterator[None]:
    """Lets `forward` do the module's work meanwhile."""
    with own_forward([module]):
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
