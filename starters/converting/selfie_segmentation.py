"""`python -m starters.converting.selfie_segmentation FILE`: tensors out of a TensorFlow Lite file.

FILE is `selfie_segmentation.tflite` of the npm package `@mediapipe/selfie_segmentation`. Reading it
takes the package `tflite`; Tagline itself does not need it.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from starters.handlers.selfie_segmentation import Model
from starters.selfie_segmentation import LEARNT, SHA256

HALF = {1: "float16"}  # TensorFlow Lite's number for the type of the tensors that are weights


def tensors(file: bytes) -> Iterator[torch.Tensor]:
    """Weight and bias of every convolution, in the order in which they are computed."""
    import numpy as np
    import tflite

    model = tflite.Model.GetRootAsModel(file, 0)
    graph = model.Subgraphs(0)
    kept: dict[int, Any] = {}
    for step in range(graph.OperatorsLength()):
        operator = graph.Operators(step)
        entering = operator.InputsAsNumpy()
        first = graph.Tensors(entering[0])
        raw = model.Buffers(first.Buffer()).DataAsNumpy()
        if first.Type() in HALF and operator.InputsLength() == 1 and not isinstance(raw, int):
            # The weights are stored in half precision; this step makes them floats.
            numbers = np.frombuffer(raw.tobytes(), HALF[first.Type()])
            shape = first.ShapeAsNumpy() if first.ShapeLength() else [1]
            kept[int(operator.Outputs(0))] = torch.from_numpy(numbers.reshape(shape).copy())
        elif len(entering) == 3 and int(entering[1]) in kept:
            yield kept[int(entering[1])]
            yield kept[int(entering[2])]


def converted(source: Iterator[torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    """Each tensor under its name in the net of handler.py, with torch's order of dimensions."""
    for (name, target), value in zip(Model().state_dict().items(), source, strict=True):
        if value.dim() == 4:
            alone = value.shape[0] == 1 and target.shape[1] == 1  # one kernel per channel
            value = value.permute(3, 0, 1, 2) if alone else value.permute(0, 3, 1, 2)
        assert value.shape == target.shape, name
        yield name, value.contiguous()


def main(file: Path) -> None:
    data = file.read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256
    measured = {"sha256": SHA256}
    metadata = {"measured": json.dumps(measured)}
    save_file(dict(converted(tensors(data))), LEARNT, metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
