"""musicnn, tags of music: from a TensorFlow checkpoint to safetensors, the net in handler.py."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starters import card, checkpoint, handler, sounds
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "musicnn"
INSIDE = "musicnn/MTT_musicnn"
WEIGHTS = f"{INSIDE}/.data-00000-of-00001"
INDEX = f"{INSIDE}/.index"
TAGS = re.compile(r"^MTT_LABELS = (\[.*\])$", re.MULTILINE)
LICENSE = "musicnn-0.1.0.dist-info/LICENSE.md"
NEEDS = ("soundfile>=0.13,<1", "scipy>=1.13,<2")

# TensorFlow numbers layers as they were made; the net in handler.py has the same order.
CONVOLUTIONS = [f"front.{n}" for n in range(5)] + [f"middle.{n}" for n in range(3)]
NORMS = ["norm", *(f"{place}.norm" for place in CONVOLUTIONS), "back.0", "back.3"]
DENSE = ["back.1", "back.4"]
NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}

FRONT: dict[str, Any] = {
    "license": "isc",
    "library_name": "pytorch",
    "pipeline_tag": "audio-classification",
    "tags": ["pytorch", "safetensors", "audio", "music", "endpoints-template"],
    "widget": [{"src": "strings.flac", "example_title": "Plucked strings"}],
}
BODY = """
# musicnn

Hears what a piece of music is like: Jordi Pons' musicnn, 0.8 million parameters, trained on
MagnaTagATune. It gives each of fifty tags a score of its own, 0 to 1: instruments (guitar, piano,
strings, flute, sitar), kinds (classical, rock, techno, opera), voices (male, female, choir), and
moods (slow, loud, soft). On the test set of MagnaTagATune its authors measured a ROC-AUC of 0.907
and a PR-AUC of 0.383 (the package's `experiment.result`). Licence: ISC.

**Good for** music: a first guess at instruments, genre and voice. **Not for** speech, noises,
animals or silence: there are no tags for them, and it names tags all the same, mostly with low
scores (of a man who reads aloud it thinks: techno 0.15, male 0.15). Scores do not add up to 1. It
listens three seconds at a time and takes the mean; a shorter rest at the end is not heard.

Parameter: `top_k`, how many tags (5).
"""
HOW = """
Converted from the TensorFlow checkpoint `MTT_musicnn`. The same numbers stand here under the names
that `handler.py` gives them; what only training needed is left out, and the filters of the mel
scale are added."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from safetensors.numpy import save_file

    wheel = wheels[PACKAGE]
    wheel.extract(LICENSE, folder)
    source = checkpoint.tensors(wheel.read(INDEX), wheel.read(WEIGHTS))
    save_file(converted(source) | mel_filters(), folder / "model.safetensors")
    handler.write(folder, "musicnn", NEEDS, sampling_rate=16_000, tags=tags(wheel))
    sounds.save(sounds.plucked(), folder / "strings.flac")
    card.write(folder, BODY + card.provenance(HOW, wheel, WEIGHTS), **FRONT)


def tags(wheel: Wheel) -> list[str]:
    """The names of the fifty tags, in the net's order."""
    [found] = TAGS.findall(wheel.read("musicnn/configuration.py").decode())
    return [str(tag) for tag in ast.literal_eval(found)]


def converted(source: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The tensors of `source` under torch's names, and in its order of dimensions."""
    target = {}
    for number, place in enumerate(NORMS):
        for old, new in NORM.items():
            target[f"{place}.{new}"] = source[f"batch_normalization{suffix(number)}/{old}"]
    for number, place in enumerate(CONVOLUTIONS):
        kernel = source[f"conv2d{suffix(number)}/kernel"]  # frames, bins, 1, filters
        turned = kernel.transpose(3, 2, 0, 1)
        flat = turned[:, 0].transpose(0, 2, 1)  # what was an image with one row per channel
        target[f"{place}.convolution.weight"] = flat if place.startswith("middle") else turned
        target[f"{place}.convolution.bias"] = source[f"conv2d{suffix(number)}/bias"]
    for number, place in enumerate(DENSE):
        target[f"{place}.weight"] = source[f"dense{suffix(number)}/kernel"].T
        target[f"{place}.bias"] = source[f"dense{suffix(number)}/bias"]
    return {name: np.ascontiguousarray(value) for name, value in target.items()}


def suffix(number: int) -> str:
    return f"_{number}" if number else ""


def mel_filters() -> dict[str, NDArray[Any]]:
    """Librosa's filters, with which the net was trained."""
    from transformers.audio_utils import mel_filter_bank

    filters = mel_filter_bank(257, 96, 0.0, 8000.0, 16_000, norm="slaney", mel_scale="slaney")
    return {"mel": filters.astype(np.float32)}


STARTER = Starter(
    id="tagline/musicnn",
    build=build,
    sources=(
        __file__,
        *checkpoint.SOURCES,
        handler.__file__,
        handler.source("musicnn"),
        sounds.__file__,
    ),
    wheels=(PACKAGE,),
)
