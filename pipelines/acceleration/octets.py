"""The weights of a graph in eight bits, as far as they stand in products of matrices."""

from typing import Any

LARGEST = 127


def squeeze(graph: Any) -> None:
    """Each row of a matrix as whole numbers from -127 to 127 and one factor; a matrix that several
    use stays one."""
    made: dict[str, Any] = {}
    for node in graph.get_ops():
        if node.get_type_name() != "MatMul":
            continue
        weights = node.input_value(1).get_node()
        if weights.get_type_name() != "Constant" or len(weights.shape) != 2:
            continue
        name = weights.get_friendly_name()
        made[name] = made.get(name) or squeezed(weights.data, by_rows=transposed(node))
        node.input(1).replace_source_output(made[name].output(0))
    graph.validate_nodes_and_infer_types()


def transposed(product: Any) -> bool:
    """Whether its second matrix has a row for each output."""
    return bool(product.get_attributes()["transpose_b"])


def squeezed(matrix: Any, by_rows: bool) -> Any:
    """A node that gives `matrix` nearly: `round(w / s) * s`, s the largest of a row by 127."""
    import numpy as np
    from openvino import opset13 as op  # type: ignore[import-untyped]

    axis = 1 if by_rows else 0
    factors = np.abs(matrix).max(axis, keepdims=True) / LARGEST
    factors = np.where(factors == 0, 1, factors).astype(np.float32)
    whole = op.constant(np.rint(matrix / factors).astype(np.int8))
    return op.multiply(op.convert(whole, np.float32), op.constant(factors))
