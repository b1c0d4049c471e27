"""Answers against the types that the Hub generates from its own task specification."""

import inspect
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from huggingface_hub.inference._generated import types

from tests.test_every_tiny import ALL
from tests.zoo.tiny import Tiny

HUB = {name: made for name, made in vars(types).items() if inspect.isclass(made)}
# Whose documented answer is no object with fields: bytes, bare numbers, or nothing at all
SHAPELESS = {
    "audio-to-audio",
    "decision",
    "feature-extraction",
    "image-feature-extraction",
    "image-text-to-image",
    "image-text-to-video",
    "image-to-3d",
    "image-to-image",
    "image-to-video",
    "keypoint-detection",
    "keypoint-matching",
    "mask-generation",
    "multiple-choice",
    "sentence-similarity",
    "tabular-classification",
    "tabular-regression",
    "text-ranking",
    "text-to-3d",
    "text-to-audio",
    "text-to-image",
    "text-to-speech",
    "text-to-video",
    "time-series-forecasting",
    "unconditional-image-generation",
    "video-to-video",
    "visual-document-retrieval",
    "voice-activity-detection",
    "zero-shot-audio-classification",
}
# Models that write their answer know no place on the page, as in transformers' own pipeline
PLACELESS = {"document-question-answering-VisionEncoderDecoderModel"}
SHAPED = [t for t in ALL if t.tag not in SHAPELESS and t.name not in PLACELESS]
# Where the Hub calls a task otherwise
CHATS = ("conversational", "image-text-to-text", "video-text-to-text", "audio-text-to-text",
         "any-to-any")  # fmt: skip
NAMES = dict.fromkeys(CHATS, "ChatCompletion")
OURS = {"id", "created", "model", "system_fingerprint"}  # what the HTTP face adds to a chat


def hub_type(tag: str) -> Any:
    camel = NAMES.get(tag, tag.title().replace("-", ""))
    return HUB.get(f"{camel}OutputElement") or HUB[f"{camel}Output"]


def rows(value: Any) -> list[Any]:
    """The objects in an answer, however deep its lists are."""
    return [x for each in value for x in rows(each)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("tiny", SHAPED, ids=[tiny.name for tiny in SHAPED])
def test_an_answer_has_every_field_that_the_hub_requires(tiny: Tiny, tmp_path: Path) -> None:
    tiny.build(tmp_path)
    kind = hub_type(tiny.tag)
    needed = {name for name, hint in get_type_hints(kind).items() if NoneType not in get_args(hint)}
    found = rows(tiny.direct(tmp_path))
    assert found
    for row in found:
        made = kind.parse_obj_as_instance(row)
        lacking = {name for name in needed - OURS if getattr(made, name) is None}
        assert not lacking
