"""Silero VAD, when somebody speaks: from ONNX to safetensors, with the net in handler.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import card, handler, onnx
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "silero-vad"
WEIGHTS = "silero_vad/data/silero_vad_16k_op15.onnx"
LICENSE = "silero_vad-6.2.3.dist-info/licenses/LICENSE"
NEEDS = ("soundfile>=0.13,<1", "scipy>=1.13,<2")

NAMES = {
    "model.stft.forward_basis_buffer": "spectrum.weight",
    "model.encoder.0.reparam_conv": "encoder.0",
    "model.encoder.1.reparam_conv": "encoder.2",
    "model.encoder.2.reparam_conv": "encoder.4",
    "model.encoder.3.reparam_conv": "encoder.6",
    "model.decoder.rnn": "memory",
    "model.decoder.decoder.2": "output",
}

FRONT: dict[str, Any] = {
    "license": "mit",
    "library_name": "pytorch",
    "pipeline_tag": "voice-activity-detection",
    "tags": ["pytorch", "safetensors", "audio", "endpoints-template"],
}
BODY = """
# Silero VAD

Silero Team's voice activity detector, 244,000 parameters: tells when somebody speaks in a sound,
many times faster than the sound plays. Licence: MIT.

**Good for** cutting a recording into what was said and the pauses in between, in whatever
language, also with some noise behind it. **Not for** telling who speaks, or what; singing may count
as speech, and very faint voices may not. Any sampling rate is brought to 16 kHz first.

Parameters: `threshold` (0.5), `min_speech_duration_ms` (250), `min_silence_duration_ms` (100) and
`speech_pad_ms` (30), with the meaning that they have in `silero_vad.get_speech_timestamps`.
"""
HOW = """
The weights of the package's ONNX model for 16 kHz, unchanged, under the names that `handler.py`
gives them; the code there is a port of the net and of the rules that make segments of its
probabilities."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    wheel = wheels[PACKAGE]
    wheel.extract(LICENSE, folder)
    save_model(folder, wheel)
    handler.write(folder, "silero_vad", NEEDS, sampling_rate=16_000)
    card.write(folder, BODY + card.provenance(HOW, wheel, WEIGHTS), **FRONT)


def save_model(folder: Path, wheel: Wheel) -> None:
    from safetensors.numpy import save_file

    weights = onnx.tensors(wheel.read(WEIGHTS))
    save_file(
        {renamed(name): value for name, value in weights.items()}, folder / "model.safetensors"
    )


def renamed(name: str) -> str:
    """The published cell runs window by window; torch's LSTM of one layer has its weights."""
    [(old, new)] = ((old, new) for old, new in NAMES.items() if name.startswith(old))
    rest = name.removeprefix(old)
    return f"{new}{rest}_l0" if new == "memory" else f"{new}{rest}"


STARTER = Starter(
    id="tagline/silero-vad",
    build=build,
    sources=(__file__, *onnx.SOURCES, handler.__file__, handler.source("silero_vad")),
    wheels=(PACKAGE,),
)
