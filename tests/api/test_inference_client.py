"""The real InferenceClient against tiny models of all architectures, whose answers direct library
code knows. Every way to call it is in tests/clients."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import InferenceClient

from tests.clients.hub import CALLS, Ask, plain
from tests.conftest import Server
from tests.zoo import image_to_text
from tests.zoo.alike import alike
from tests.zoo.cage import HANDLED
from tests.zoo.tiny import Tiny, every

TAGS = (
    "audio-classification", "audio-to-audio", "automatic-speech-recognition",
    "document-question-answering", "feature-extraction", "fill-mask", "image-classification",
    "image-to-text", "question-answering", "sentence-similarity", "summarization",
    "table-question-answering", "tabular-classification", "text-classification", "text-generation",
    "text-to-speech", "token-classification", "translation", "visual-question-answering",
    "zero-shot-image-classification", "zero-shot-classification",
)  # fmt: skip
CHATS = (
    "conversational", "image-text-to-text", "video-text-to-text", "audio-text-to-text",
    "any-to-any",
)  # fmt: skip
# How each method is called with a body's inputs and parameters
METHODS: dict[str, Ask] = {tag: CALLS[tag.replace("-", "_")] for tag in TAGS}
METHODS |= dict.fromkeys(CHATS, lambda c, i, p: c.chat_completion(**p))
# Bodies that a method has no arguments for
BEYOND = {
    "text-classification-DebertaV2ForSequenceClassification",  # a pair of texts
    "tabular-classification-RandomForestClassifier",  # probabilities
    "audio-to-audio-SpeechT5ForSpeechToSpeech",  # a voice
    "translation-marian-tags",  # a target without a source
    *(tiny.name for tiny in image_to_text.TINY[1:]),  # how long a caption may be
    "video-text-to-text-qwen2-vl",  # a number of frames
}
ASKED = [tiny for tiny in every() if tiny.tag in METHODS and tiny.name not in BEYOND]


def given(tiny: Tiny, direct: Any) -> Any:
    """The answer of direct code, as the method unpacks it."""
    if tiny.tag in ("text-classification", "summarization", "translation", "image-to-text"):
        return direct[0]
    if tiny.tag == "text-generation":
        return direct[0]["generated_text"]
    if tiny.tag == "text-to-speech":
        return base64.b64encode(direct["content"]).decode()
    if tiny.tag == "audio-to-audio":
        return [
            {"label": x["label"], "content_type": x["content-type"], "blob": x["blob"]}
            for x in direct
        ]
    return direct


@pytest.fixture(scope="module")
def menagerie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of all tiny models."""
    home = tmp_path_factory.mktemp("menagerie")
    for tiny in ASKED:
        tiny.build(home / "models" / "tiny" / tiny.name)
    models, trusted = str(home / "models"), ",".join(HANDLED)
    server = Server(home, TAGLINE_MODELS_DIR=models, TAGLINE_TRUSTED_CODE=trusted).wait()
    server.models = home / "models" / "tiny"  # type: ignore[attr-defined]
    yield server
    server.stop()


def test_every_task_has_a_model() -> None:
    assert {tiny.tag for tiny in ASKED} == METHODS.keys()


@pytest.mark.parametrize("tiny", ASKED, ids=[tiny.name for tiny in ASKED])
def test_a_method_gets_what_direct_code_answers(menagerie: Server, tiny: Tiny) -> None:
    client = InferenceClient(f"{menagerie.url}/models/tiny/{tiny.name}", timeout=60)
    body = dict(tiny.body)
    inputs, parameters = body.pop("inputs", None), body.pop("parameters", body)
    found = METHODS[tiny.tag](client, inputs, without_none(parameters))
    folder: Path = menagerie.models / tiny.name  # type: ignore[attr-defined]
    expected = given(tiny, tiny.direct(folder))
    assert alike(kept(plain(found), expected), plain(expected)), found


def without_none(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def kept(found: Any, expected: Any) -> Any:
    """A chat's id, model and date are the HTTP face's own."""
    if isinstance(found, dict) and "choices" in found:
        return {key: found[key] for key in expected}
    return found
