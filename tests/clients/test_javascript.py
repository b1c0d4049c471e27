"""The JavaScript clients, as their users write them: the *.mjs beside this, run by Node."""

import json
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

from pipelines.registry import TASKS
from tests.clients.table import (
    ADDRESS,
    ID,
    JS_NEVER,
    JS_WORKS,
    Case,
    gradio_js,
    javascript,
    openai_js,
)
from tests.conftest import EMBEDDER, ROOT, SAMPLES, Server
from tests.zoo.tiny import Tiny

SCRIPTS = ROOT / "tests" / "clients"
INSTALLED = ROOT / ".venv" / "clients"  # where `make test` puts the packages
SECONDS = 280
# The keys of what a method gives, or its own type
LABEL = {"label", "score"}
SHAPES: dict[str, Any] = {
    "audioClassification": [LABEL],
    "audioToAudio": [{"label", "content-type", "blob"}],
    "documentQuestionAnswering": {"answer", "score", "start", "end"},
    "fillMask": [{"sequence", "score", "token", "token_str"}],
    "imageClassification": [LABEL],
    "imageSegmentation": [{"label", "mask"}],
    "imageToText": {"generated_text"},
    "objectDetection": [{"label", "score", "box"}],
    "questionAnswering": {"answer", "score", "start", "end"},
    "request": [{"sequence", "score", "token", "token_str"}],
    "summarization": {"summary_text"},
    "tableQuestionAnswering": {"answer", "coordinates", "cells", "aggregator"},
    "textClassification": [LABEL],
    "textGeneration": {"generated_text"},
    "tokenClassification": [{"entity_group", "score", "word", "start", "end"}],
    "translation": {"translation_text"},
    "visualQuestionAnswering": {"answer", "score"},
    "zeroShotClassification": [LABEL],
    "zeroShotImageClassification": [LABEL],
    "imageToImage": "image/png",
    "textToImage": "image/png",
    "textToAudio": "audio/flac",
    "textToSpeech": "audio/flac",
    "featureExtraction": [float],
    "sentenceSimilarity": [float],
    "tabularClassification": [int],
    "tabularRegression": [float],
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    if shutil.which("node") is None or not (INSTALLED / "node_modules").is_dir():
        pytest.skip("Node 20 or later with npm is needed for the JavaScript clients.")
    for script in SCRIPTS.glob("*.mjs"):  # beside the packages, where imports find them
        shutil.copy(script, INSTALLED)


class Scripts:
    """What came of each script's calls, run once against the server of tiny models."""

    def __init__(self, server: Server, tinies: dict[str, Tiny]) -> None:
        self.url = server.url
        self.given = {
            tag: {"model": f"tiny/{tiny.name}", **tiny.body} for tag, tiny in tinies.items()
        }
        self.outcomes = cache(self.run)

    def run(self, script: str) -> dict[str, Any]:
        done = subprocess.run(
            ["node", f"{script}.mjs", self.url, str(SAMPLES)],
            cwd=INSTALLED, input=json.dumps(self.given, default=list), capture_output=True,
            text=True, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    def value(self, script: str, name: str) -> Any:
        told = self.outcomes(script)[name]
        assert "error" not in told, told
        return told["value"]

    def error(self, script: str, name: str) -> str:
        return str(self.outcomes(script)[name]["error"])

    def check(self, script: str, name: str, case: Case) -> None:
        if case.words:
            assert case.words in self.error(script, name)
        else:
            assert self.value(script, name)


@pytest.fixture(scope="module")
def scripts(menagerie: Server, tinies: dict[str, Tiny]) -> Scripts:
    return Scripts(menagerie, tinies)


# @huggingface/inference ---------------------------------------------------------------------------


def test_every_method_stands_in_the_table(scripts: Scripts) -> None:
    assert set(scripts.value("huggingface", "methods")) - {"accessToken", "defaultOptions"} == {
        *JS_WORKS, *JS_NEVER,
    }  # fmt: skip


@pytest.mark.parametrize("case", javascript(), ids=str)
def test_a_method_of_hugging_face_s_client(scripts: Scripts, case: Case) -> None:
    scripts.check("huggingface", str(case), case)
    if case.method in SHAPES:
        is_shaped(scripts.value("huggingface", str(case)), SHAPES[case.method])


def is_shaped(value: Any, shape: Any) -> None:
    if isinstance(shape, list):
        assert value
        for each in value:
            is_shaped(each, shape[0])
    elif isinstance(shape, set):
        assert value.keys() >= shape
    elif isinstance(shape, str):
        assert value["type"] == shape
    else:
        assert isinstance(value, shape | int)


def test_what_hugging_face_s_client_gets(scripts: Scripts) -> None:
    for way in (ADDRESS, ID):

        def got(name: str, way: str = way) -> Any:
            return scripts.value("huggingface", f"{name} by {way}")

        assert len(got("featureExtraction")) == 384
        assert got("zeroShotClassification")[0]["label"] == "refund"
        assert got("textClassification")[0]["label"] == "POSITIVE"
        assert got("tokenClassification")[0]["word"] == "Barack Obama"
        assert got("imageClassification")[0]["label"] == "tiger cat"
        assert "Dashwood" in got("automaticSpeechRecognition")["text"]
        said = got("chatCompletion")["choices"][0]["message"]["content"]
        assert "Paris" in said
        assert got("chatCompletionStream") == said
        written = got("textGeneration")["generated_text"]
        assert got("textGenerationStream") == got("streamingRequest") == written
    assert "Paris" in scripts.value("huggingface", f"textGeneration by {ADDRESS}")["generated_text"]
    assert "takes" in scripts.error("huggingface", "refused")


# openai -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", openai_js(), ids=str)
def test_a_method_of_openai_s_client(scripts: Scripts, case: Case) -> None:
    scripts.check("openai", case.method, case)


def test_what_openai_s_client_gets(scripts: Scripts) -> None:
    def got(name: str) -> Any:
        return scripts.value("openai", name)

    answer = got("chat.completions.create")
    said = answer["choices"][0]["message"]["content"]
    assert "Paris" in said
    assert got("chat.completions.create({stream: true})") == got("chat.completions.stream") == said
    assert answer["usage"]["total_tokens"] > 12
    written = got("completions.create")["choices"][0]["text"]
    assert got("completions.create({stream: true})") == written
    assert got("embeddings.create")["sizes"] == [384, 384]
    assert got("embeddings.create")["usage"]["prompt_tokens"] == 6
    assert "Dashwood" in got("audio.transcriptions.create")["text"]
    assert got("audio.speech.create")["size"] > 1_000
    assert EMBEDDER in got("models.list")
    assert got("models.retrieve")["id"] == EMBEDDER
    assert got("form") == got("form, streamed")
    assert got("form")["city"] in ("Paris", "Rome")
    assert got("several") == [0, 1]
    assert len(got("likelihoods")) == 3
    assert "cannot change a picture" in scripts.error("openai", "not an editor")
    assert "no/such is not on this machine" in scripts.error("openai", "refused")


# @gradio/client -----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", gradio_js(), ids=str)
def test_a_method_of_gradio_s_client(scripts: Scripts, case: Case) -> None:
    scripts.check("gradio", case.method, case)


def test_what_gradio_s_client_gets(scripts: Scripts) -> None:
    assert scripts.value("gradio", "predict")[0][0]["label"] == "POSITIVE"
    assert scripts.value("gradio", "submit") == [scripts.value("gradio", "predict")]
    names = {f"/{tag.replace('-', '_')}" for tag in TASKS}
    assert names <= set(scripts.value("gradio", "view_api"))
    assert scripts.value("gradio", "picture")[0]["label"] == "tiger cat"
    assert scripts.value("gradio", "sound")["size"] > 1_000
    assert "no/such is not on this machine" in scripts.error("gradio", "refused")
