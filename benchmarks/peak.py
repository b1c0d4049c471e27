"""What this machine can do at most: products of matrices, in the precision that a model runs in."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIDE = 1024  # of square matrices
SECONDS = 1.0  # of each measurement
GIGA = 1e9


def peak(precision: str, threads: int) -> float:
    """GFLOP/s of the fastest of torch and OpenVINO; `precision` is `f32` or `bf16`."""
    return max(by_torch(precision, threads), by_openvino(precision, threads))


def by_torch(precision: str, threads: int) -> float:
    import torch

    torch.set_num_threads(threads)
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right = (torch.randn(SIDE, SIDE).to(kind) for _ in range(2))
    with torch.inference_mode():
        return best(lambda: left @ right)


def by_openvino(precision: str, threads: int) -> float:
    """0 where OpenVINO is not here."""
    try:
        import numpy as np
        import openvino as ov  # type: ignore[import-untyped]
        from openvino import opset13 as ops
    except ImportError:
        return 0.0
    given = ops.parameter([SIDE, SIDE], np.float32)
    weights = ops.constant(np.random.default_rng(0).normal(size=(SIDE, SIDE)).astype(np.float32))
    graph = ov.Model([ops.matmul(given, weights, False, True)], [given])
    options = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads}
    request = ov.Core().compile_model(graph, "CPU", options).create_infer_request()
    data = np.random.default_rng(1).normal(size=(SIDE, SIDE)).astype(np.float32)
    return best(lambda: request.infer([data], share_inputs=True))


def best(product: Any) -> float:
    """GFLOP/s of the fastest product: others on the machine disturb that the least."""
    product()
    least, until = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        start = time.perf_counter()
        product()
        least = min(least, time.perf_counter() - start)
    return 2 * SIDE**3 / least / GIGA


def encoder_flops(layers: int, hidden: int, inner: int, lengths: list[int]) -> float:
    """Of a Transformer encoder for inputs of so many tokens: four projections, two of the inner
    layer, and the two products of attention. A multiplication with its addition counts as two."""
    linear = 2 * (4 * hidden * hidden + 2 * hidden * inner)
    return float(layers * sum(each * linear + 4 * each * each * hidden for each in lengths))


def flops_of(size: tuple[int, int, int], folder: Path, texts: Sequence[str]) -> float:
    """Of one text, on average, by an encoder of `size`: layers, width and inner width. `folder` has
    its tokenizer; padding is no work."""
    from transformers import AutoTokenizer

    cut = AutoTokenizer.from_pretrained(folder)
    return encoder_flops(*size, [len(each) for each in cut(list(texts))["input_ids"]]) / len(texts)
