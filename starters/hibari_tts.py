"""hibari, English text to speech: its ONNX models and its Python, moved into one folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import card, handler
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "hibari-tts"
INSIDE = "hibari"
WEIGHTS = f"{INSIDE}/assets/hibari.onnx"
LICENSES = "hibari_tts-0.2.1.dist-info/licenses"
NEEDS = ("onnxruntime>=1.20,<2", "scipy>=1.13,<2")
NOT_NEEDED = ("cli.py", "*_gb*")  # British voices are not in the wheel, only their words

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "apache-2.0",
    "library_name": "onnx",
    "pipeline_tag": "text-to-speech",
    "tags": ["onnx", "audio", "text-to-speech", "endpoints-template"],
    "widget": [
        {"text": "Hello! This voice was made on a processor, without a network."},
        {"text": "On the 3rd of March 2024, Dr. Smith paid $9.99 to read it at 7:30 pm."},
    ],
}
BODY = """
# hibari

Says English text in an American woman's voice, at 24 kHz: Maureese Williams' hibari, a small model
that learnt from Kokoro-82M's voice "heart". It is 8 MB, in 8-bit integers, and on a processor many
times faster than speech. Licence: Apache-2.0; see `NOTICE` for what it builds on.

**Good for** reading out sentences, notes and articles; numbers, dates, prices and abbreviations
are put into words first. **Not for** other languages, other voices, singing, or acted emotion; rare
names may come out wrong. A long text is said sentence by sentence.

Parameter: `speed`, from 0.5 (slow) to 2 (fast).
"""
HOW = """
The files of the package, unchanged: the ONNX models, the word lists, and the Python that turns text
into phonemes and the model's output into a waveform. `handler.py` runs them."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    wheel = wheels[PACKAGE]
    wheel.extract_all(LICENSES, folder)
    wheel.extract_all(INSIDE, folder / INSIDE)
    for name in NOT_NEEDED:
        for file in list(folder.rglob(name)):
            file.unlink()
    handler.write(folder, "hibari_tts", NEEDS, sampling_rate=24_000)
    card.write(folder, BODY + card.provenance(HOW, wheel, WEIGHTS), **FRONT)


STARTER = Starter(
    id="tagline/hibari-tts",
    build=build,
    sources=(__file__, handler.__file__, handler.source("hibari_tts")),
    wheels=(PACKAGE,),
)
