"""A causal language model of torch as a graph that keeps keys and values of what it has read.

The graph has the inputs `input_ids`, `attention_mask` and `position_ids` (each batch, tokens) and
`beam_idx` (batch), and gives `logits`: the form that openvino-genai takes, which then lays the
keys and values of all callers into pages.
"""

from pathlib import Path
from typing import Any

NAME = "openvino_model.xml"  # as openvino-genai looks for it
NEW, OLD = 4, 3  # tokens of the example: those that are read, and those before them
AXIS = -2  # of tokens, in keys and values


class Memory:
    """What transformers calls a cache, of tensors that are handed in and out."""

    is_compileable = False

    def __init__(self, before: list[Any]) -> None:
        self.before, self.now = before, list(before)

    def update(self, keys: Any, values: Any, layer: int, *_: Any, **__: Any) -> tuple[Any, Any]:
        """All keys and values of a layer, each (batch, heads, tokens, size)."""
        import torch

        for at, new in ((2 * layer, keys), (2 * layer + 1, values)):
            self.now[at] = torch.cat([self.before[at], new], dim=AXIS)
        return self.now[2 * layer], self.now[2 * layer + 1]

    def get_seq_length(self, layer: int = 0) -> Any:
        return self.before[2 * layer].shape[AXIS]


def convert(model: Any) -> Any:
    """The graph of a causal model. Raises whatever a model fails with that cannot be traced so."""
    import openvino  # type: ignore[import-untyped]
    import torch

    heads, size, layers = shape(model.config)
    before = [torch.zeros(1, heads, OLD, size) for _ in range(2 * layers)]
    example = (
        torch.arange(NEW)[None],
        torch.ones(1, OLD + NEW, dtype=torch.long),
        torch.arange(OLD, OLD + NEW)[None],
        *before,
    )
    with torch.no_grad():
        graph = openvino.convert_model(traced(model), example_input=example)
    kept = [f"past.{number}" for number in range(2 * layers)]
    made = [f"present.{number}" for number in range(2 * layers)]
    inputs = ["input_ids", "attention_mask", "position_ids", *kept]
    for port, name in zip(graph.inputs, inputs, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)  # by which openvino-genai finds it
    for port, name in zip(graph.outputs, ["logits", *made], strict=True):
        port.get_tensor().set_names({name})
    any_size = openvino.PartialShape([-1, -1])
    some = openvino.PartialShape([-1, heads, -1, size])
    graph.reshape({name: some if name in kept else any_size for name in inputs})
    remember(graph, dict(zip(kept, made, strict=True)), heads, size)
    return graph


def shape(config: Any) -> tuple[int, int, int]:
    """Heads of keys and values, their size, and layers. Raises ValueError where layers differ, or
    where places are turned another way in a long text: only the short one would be traced."""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"} or getattr(config, "sliding_window", None):
        raise ValueError("Its layers do not all see the whole text.")
    turned = f"{getattr(config, 'rope_parameters', '')} {getattr(config, 'rope_scaling', '')}"
    if "dynamic" in turned or "longrope" in turned:
        raise ValueError("It reads a long text in another way than a short one.")
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return heads, size, config.num_hidden_layers


def traced(model: Any) -> Any:
    """The model as one of tensors alone: what tracing can follow."""
    import torch

    class Traced(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any, places: Any, *before: Any) -> Any:
            memory, old = Memory(list(before)), before[0].shape[AXIS]
            rows = torch.arange(ids.shape[1]) + old
            seen = torch.arange(mask.shape[1])[None, :] <= rows[:, None]
            seen = seen[None, None] & mask[:, None, None, :].bool()
            logits = self.model(
                input_ids=ids, attention_mask=seen, position_ids=places, past_key_values=memory,
                use_cache=True,
            ).logits  # fmt: skip
            return (logits, *memory.now)

    return Traced().eval()


def remember(graph: Any, kept: dict[str, str], heads: int, size: int) -> None:
    """Keys and values become the graph's own memory, empty at first, its rows in the order that
    `beam_idx` says."""
    import numpy as np
    from openvino import opset13 as op
    from openvino._offline_transformations import (  # type: ignore[import-untyped]
        apply_make_stateful_transformation,
    )

    order = op.parameter([-1], np.int32, name="beam_idx")
    order.output(0).get_tensor().set_names({"beam_idx"})
    graph.add_parameters([order])
    for name in kept:
        node = graph.input(name).get_node()
        readers = node.output(0).get_target_inputs()
        ordered = op.gather(node, order, op.constant(np.int64(0)))
        for reader in readers:
            reader.replace_source_output(ordered.output(0))
    graph.validate_nodes_and_infer_types()
    apply_make_stateful_transformation(graph, kept)
    rows = op.gather(
        op.shape_of(graph.input("input_ids"), output_type="i64"),
        op.constant(np.array([0], np.int64)),
        op.constant(np.int64(0)),
    )
    rest = op.constant(np.array([heads, 0, size], np.int64))
    for node in graph.get_ops():
        if node.get_type_name() == "ReadValue":
            empty = op.broadcast(op.constant(np.float32(0)), op.concat([rows, rest], axis=0))
            node.set_arguments([empty])
    graph.validate_nodes_and_infer_types()


def save(graph: Any, place: Path) -> None:
    import openvino

    place.mkdir(parents=True, exist_ok=True)
    openvino.save_model(graph, place / NAME, compress_to_fp16=False)
