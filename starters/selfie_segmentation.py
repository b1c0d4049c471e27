"""MediaPipe selfie segmentation, people in a picture: converted weights, the net in handler.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import adapters, card, handler, samples
from starters.build import Starter
from starters.wheels import Wheel

LEARNT = adapters.FOLDER / "selfie-segmentation.safetensors"
PACKAGE = "@mediapipe/selfie_segmentation"
VERSION = "0.1.1675465747"
FILE = "selfie_segmentation.tflite"
SHA256 = "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27"

FRONT: dict[str, Any] = {
    "license": "apache-2.0",
    "library_name": "pytorch",
    "pipeline_tag": "image-segmentation",
    "tags": ["pytorch", "safetensors", "vision", "selfie-segmentation", "endpoints-template"],
    "widget": [{"src": "astronaut.jpg", "example_title": "An astronaut"}],
}
BODY = f"""
# Selfie segmentation

Tells which pixels of a picture show a person: MediaPipe's selfie segmentation by Google,
{{count:,}} parameters, in a twentieth of a second on a processor core. Licence: Apache-2.0.

**Good for** one person, or a few, close to the camera: portraits, video calls, taking the
background away. **Not for** people far away, telling people from each other, or anything else:
what is close to the camera may count as a person. Of three photos without one, Tagline's samples,
it finds a person in the cat's whole face and in a fifth of the cup of coffee's, and none in the
rocket's. What somebody holds may count too. It sees 256 x 256 pixels, whatever the size of the
picture: fingers and hair come out rough.

Parameters: `mask_threshold`, the chance from which a pixel shows a person (0.5), and `threshold`,
the score that a mask must have (0): the mean chance of its pixels.

## Provenance

The numbers of Google's TensorFlow Lite model, unchanged and in half precision as there, were put
under the names that `handler.py` gives them by `starters/converting/selfie_segmentation.py` of
Tagline. Here they are written in single precision.

| | |
|---|---|
| npm package | `{PACKAGE}` {VERSION} |
| weights in that package | `{FILE}` |
| SHA-256 of those weights | `{SHA256}` |
"""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from safetensors.torch import save_file

    learnt, _ = adapters.read(LEARNT)
    folder.mkdir()
    save_file(learnt, folder / "model.safetensors")
    handler.write(folder, "selfie_segmentation", (), labels=["person", "background"])
    count = sum(value.numel() for value in learnt.values())
    samples.copy("astronaut.jpg", folder)
    card.write(folder, BODY.format(count=count), **FRONT)


STARTER = Starter(
    id="tagline/selfie-segmentation",
    build=build,
    sources=(
        __file__,
        adapters.__file__,
        handler.__file__,
        handler.source("selfie_segmentation"),
        str(LEARNT),
        samples.__file__,
    ),
)
