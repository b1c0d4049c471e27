"""OpenVINO: a module of torch as a graph that is made for this processor.

A conversion may succeed and its first run fail (an operation that the plugin has not), so nothing
counts before `prove` has asked it.
"""

import inspect
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from pipelines.acceleration.modules import Given, by_name, rest, take_out, tensors, whole
from pipelines.acceleration.subject import Failed
from pipelines.loaders.lanes import is_beside

log = logging.getLogger(__name__)
PRECISIONS = {"openvino-bf16": "bf16", "openvino-f32": "f32"}
BF16 = "BF16"  # as the plugin calls what it can
GRAPH, SHEET = "graph.xml", "graph.json"
LANES = 2  # runs at a time where one call has several; more were not measured
Requests = SimpleQueue[Any]  # a graph's own, one to a run at a time


def convert(module: Any, given: Given, place: Path, exact: bool = False) -> None:
    """Writes the graph of one call of `module`; lengths and batches stay open unless `exact`.

    Raises ValueError for what has tensors where they cannot be followed.
    """
    import openvino  # type: ignore[import-untyped]
    import torch

    place.mkdir(parents=True, exist_ok=True)
    named = tensors(given)
    if exact and (masks := [name for name in named if "mask" in name]):
        raise ValueError(f"It may take the lengths of texts in {masks[0]} for numbers.")
    # Tracing wants tensors that no inference mode has made.
    example = tuple(value.clone() for value in named.values())
    with torch.no_grad():
        graph = openvino.convert_model(traced(module, given), example_input=example)
    for port, name in zip(graph.inputs, named, strict=True):
        port.get_tensor().set_names({name})
    if exact:
        graph.reshape({name: list(value.shape) for name, value in named.items()})
    openvino.save_model(graph, place / GRAPH, compress_to_fp16=False)
    write(made_of(module, given, exact), place)


def has(name: str) -> bool:
    """Whether this processor has the precision that a way is named for: the plugin takes float32
    without a word where it has no bfloat16."""
    import openvino

    return not name.endswith("bf16") or BF16 in openvino.Core().get_property(
        "CPU", "OPTIMIZATION_CAPABILITIES"
    )


def is_there(place: Path) -> bool:
    return (place / SHEET).exists()


def traced(module: Any, given: Given) -> Any:
    """The module as one of tensors alone: what tracing can follow."""
    import torch

    names, fixed = list(tensors(given)), rest(given)

    class Traced(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, *values: Any) -> Any:
            flat = dict(zip(names, values, strict=True)) | fixed
            return tuple(parts(self.module(**whole(flat))).values())

    return Traced().eval()


def parts(output: Any) -> dict[str, Any]:
    """The tensors of what a module gives: one, a tuple of them, or a dataclass of transformers' or
    diffusers'. Raises ValueError for a tuple with anything else in it."""
    import torch

    if isinstance(output, torch.Tensor):
        return {"": output}
    if isinstance(output, tuple):
        found = {str(at): each for at, each in enumerate(output)}
        if len(tensors(found)) < len(output):
            raise ValueError("It gives more than tensors.")
        return found
    return tensors(output)


def put_together(kind: Any, made: Mapping[str, Any]) -> Any:
    """What the module would have given, of the tensors that `parts` finds in it."""
    if "" in made:
        return made[""]
    return tuple(made.values()) if kind is tuple else kind(**made)


@dataclass(frozen=True)
class Sheet:
    """What a graph was made of and for: the shapes and types of what goes in, options that are
    fixed, and the kind of what comes out, with the names of the tensors in it. `exact` says that no
    other shapes may go in."""

    shapes: dict[str, list[int]]
    types: dict[str, str]
    fixed: dict[str, Any]
    kind: str
    keys: list[str]
    exact: bool


def made_of(module: Any, given: Given, exact: bool) -> Sheet:
    import torch

    with torch.inference_mode():
        made = module(**given)
    shapes = {name: list(value.shape) for name, value in tensors(given).items()}
    kind = f"{type(made).__module__}:{type(made).__qualname__}"
    return Sheet(shapes, types(tensors(given)), rest(given), kind, list(parts(made)), exact)


def types(values: Given) -> dict[str, str]:
    """OpenVINO would turn others into those that it knows, a half step into none."""
    return {name: str(value.dtype) for name, value in values.items()}


def write(sheet: Sheet, place: Path) -> None:
    """Raises TypeError for options that no file can keep."""
    (place / SHEET).write_text(json.dumps(asdict(sheet)), encoding="utf-8")


def read(place: Path) -> Sheet:
    return Sheet(**json.loads((place / SHEET).read_text(encoding="utf-8")))


def kind_of(name: str) -> Any:
    module, _, kind = name.partition(":")
    return getattr(import_module(module), kind)


def options(precision: str, threads: int, cache: Path | None = None) -> dict[str, Any]:
    """For the processor. What is compiled for it is kept in `cache`, if there is one."""
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,  # every model's threads would stand on the same cores
    } | ({"CACHE_DIR": str(cache)} if cache else {})


class Graph:
    """Does a module's work. Whatever the graph was not made for goes to the module itself, and so
    does everything once the graph has failed, of which `failed` is told.

    A run by itself has all threads; those beside one another (`loaders.lanes`) a part of them each,
    by a second copy of the matrices, which is made when they are first asked for.
    """

    def __init__(self, module: Any, place: Path, name: str, threads: int, failed: Failed) -> None:
        import openvino

        self.module, self.failed, self.sheet = module, failed, read(place)
        self.kind = kind_of(self.sheet.kind)
        exact = self.sheet.exact
        self.lanes = 1 if exact else min(LANES, threads)
        # Exact ones take seconds to be compiled, which is kept. Of others the weights' file is
        # mapped once for both copies, as it would not be if these were kept.
        self.options = options(PRECISIONS[name], threads, place / name if exact else None)
        self.core = openvino.Core()
        self.network = self.core.read_model(place / GRAPH)
        graph = self.core.compile_model(self.network, "CPU", self.options)
        self.alone: Requests = SimpleQueue()
        self.alone.put(graph.create_infer_request())
        self.making = Lock()
        self.__signature__ = inspect.signature(type(module).forward)

    @cached_property
    def beside(self) -> "Requests":
        graph = self.core.compile_model(
            self.network, "CPU", self.options | {"NUM_STREAMS": self.lanes}
        )
        found: Requests = SimpleQueue()
        for _ in range(self.lanes):
            found.put(graph.create_infer_request())
        return found

    def requests(self) -> "Requests":
        if not is_beside.get():
            return self.alone
        with self.making:
            return self.beside

    def __call__(self, *given: Any, **named: Any) -> Any:
        try:
            asked = by_name(self.module, given, named)
            values = tensors(asked)
            if not self.fits(values) or rest(asked) != self.sheet.fixed:
                return self.plain(*given, **named)
        except ValueError:
            return self.plain(*given, **named)
        try:
            return self.run(values)
        except Exception as error:
            log.warning("The faster way of a model failed; it goes on by torch: %s", error)
            take_out(self.module)
            self.failed(error)
            return self.plain(*given, **named)

    def fits(self, values: Given) -> bool:
        if types(values) != self.sheet.types:
            return False
        shapes = {name: list(value.shape) for name, value in values.items()}
        return not self.sheet.exact or shapes == self.sheet.shapes

    def plain(self, *given: Any, **named: Any) -> Any:
        return type(self.module).forward(self.module, *given, **named)

    def run(self, named: Given) -> Any:
        import torch

        values = {name: value.numpy() for name, value in named.items()}
        requests = self.requests()
        request = requests.get()
        try:
            found = request.infer(values, share_inputs=True)
            keys = enumerate(self.sheet.keys)
            made = {key: torch.from_numpy(found[at].copy()) for at, key in keys}
        finally:
            requests.put(request)
        return put_together(self.kind, made)
