"""OpenVINO: a module of torch as a graph that is made for this processor.

A conversion may succeed and its first run fail (an operation that the plugin has not), so nothing
counts before `prove` has asked it.
"""

import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.acceleration.modules import Given, rest, take_out, tensors

log = logging.getLogger(__name__)
PRECISIONS = {"openvino-bf16": "bf16", "openvino-f32": "f32"}
GRAPH = "graph.xml"


def convert(module: Any, given: Given, place: Path) -> None:
    """Writes the graph of one call of `module`; lengths and batches stay open."""
    import openvino  # type: ignore[import-untyped]
    import torch

    place.mkdir(parents=True, exist_ok=True)
    named = tensors(given)
    # Tracing wants tensors that no inference mode has made.
    example = tuple(value.clone() for value in named.values())
    with torch.no_grad():
        graph = openvino.convert_model(traced(module, given), example_input=example)
    for port, name in zip(graph.inputs, named, strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(graph, place / GRAPH, compress_to_fp16=False)


def traced(module: Any, given: Given) -> Any:
    """The module as one of tensors alone: what tracing can follow."""
    import torch

    names, fixed = list(tensors(given)), rest(given)

    class Traced(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, *values: Any) -> Any:
            output = self.module(**dict(zip(names, values, strict=True)), **fixed)
            return tuple(tensors(output).values())

    return Traced().eval()


class Graph:
    """Does a module's work. Whatever the graph was not made for goes to the module itself, and so
    does everything once the graph has failed, of which `failed` is told."""

    def __init__(
        self,
        module: Any,
        given: Given,
        output: Any,
        place: Path,
        precision: str,
        threads: int,
        failed: Callable[[Exception], None],
    ) -> None:
        import openvino

        self.module, self.failed = module, failed
        self.names, self.fixed = frozenset(tensors(given)), rest(given)
        self.kind, self.keys = type(output), list(tensors(output))
        options = {
            "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # every model's threads would stand on the same cores
            "CACHE_DIR": str(place / "compiled"),
        }
        graph = openvino.Core().compile_model(place / GRAPH, "CPU", options)
        self.request = graph.create_infer_request()
        self.__signature__ = inspect.signature(type(module).forward)

    def __call__(self, *given: Any, **named: Any) -> Any:
        if given or set(tensors(named)) != self.names or rest(named) != self.fixed:
            return self.plain(*given, **named)
        try:
            return self.run(tensors(named))
        except Exception as error:
            log.warning("The faster way of a model failed; it goes on by torch: %s", error)
            take_out(self.module)
            self.failed(error)
            return self.plain(**named)

    def plain(self, *given: Any, **named: Any) -> Any:
        return type(self.module).forward(self.module, *given, **named)

    def run(self, named: Given) -> Any:
        import torch

        values = {name: value.numpy() for name, value in named.items()}
        found = self.request.infer(values, share_inputs=True)
        made = [torch.from_numpy(found[at].copy()) for at in range(len(self.keys))]
        return self.kind(**dict(zip(self.keys, made, strict=True)))
