"""Every method of huggingface_hub's clients, by address and by id, with parameters and without:
each gives what a plain HTTP call of the same body gives."""

import base64
import json
import subprocess
import sys
from functools import cache
from typing import Any

import httpx
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from tests.clients.hub import CALLS, opened, plain, raw
from tests.clients.table import HUB_NEVER, HUB_WAYS, HUB_WORKS, Case, hub
from tests.conftest import ROOT, Server
from tests.zoo.alike import alike
from tests.zoo.tiny import Tiny

SECONDS = 280
FEW = {"num_inference_steps": 2, "seed": 7}
QUICK: dict[str, Any] = {"max_new_tokens": 4, "do_sample": False}
# Parameters of a call with some; those of a tiny model's own body stand for a call without, too
GIVEN: dict[str, dict[str, Any]] = {
    "audio_classification": {"top_k": 2, "function_to_apply": "none"},
    "audio_to_audio": {},
    "automatic_speech_recognition": {"generation_parameters": QUICK},
    "chat_completion": {"max_tokens": 4, "temperature": 0, "stop": ["zzz"]},
    "chat_completion(stream=True)": {"max_tokens": 4, "temperature": 0},
    "chat.completions.create": {"max_tokens": 3, "temperature": 0},
    "document_question_answering": {"top_k": 2},
    "feature_extraction": {"normalize": True, "truncate": True},
    "fill_mask": {"top_k": 2},
    "get_endpoint_info": {},
    "health_check": {},
    "image_classification": {"top_k": 2, "function_to_apply": "none"},
    "image_segmentation": {"subtask": "semantic"},
    "image_to_image": {"prompt": "a fox", **FEW},
    "image_to_text": {},
    "object_detection": {"threshold": 0.1},
    "question_answering": {"top_k": 2, "max_answer_len": 3},
    "sentence_similarity": {},
    "summarization": {"generate_parameters": {"max_new_tokens": 5}},
    "table_question_answering": {"truncation": True},
    "tabular_classification": {},
    "text_classification": {"top_k": 1, "function_to_apply": "none"},
    "text_generation": {"stop": ["zzz"], **QUICK},
    "text_generation(stream=True)": QUICK,
    "text_to_image": {"width": 32, "height": 32, **FEW},
    "text_to_speech": {"seed": 5},
    "token_classification": {"aggregation_strategy": "max"},
    "translation": {"generate_parameters": {"max_new_tokens": 5}},
    "visual_question_answering": {"top_k": 2},
    "zero_shot_classification": {"multi_label": True},
    "zero_shot_image_classification": {"hypothesis_template": "I see {}."},
}
ABOUT = ("get_endpoint_info", "health_check")  # which the client has for a named provider alone
NEEDED = ("candidate_labels", "word_boxes")  # parameters that a call without any has as well
DRAWN = ("text_to_image", "image_to_image", "text_to_speech")  # at random where no seed is given


def inputs_of(tiny: Tiny) -> Any:
    return tiny.body["messages"] if "messages" in tiny.body else tiny.body["inputs"]


def bare(tiny: Tiny) -> dict[str, Any]:
    given = tiny.body.get("parameters", {})
    return {name: given[name] for name in NEEDED if name in given}


def calls(tinies: dict[str, Tiny]) -> list[dict[str, Any]]:
    """Two calls of each method: with parameters, and without."""
    found = []
    for method, tag in HUB_WORKS.items():
        tiny = tinies[tag]
        whole = {"method": method, "model": f"tiny/{tiny.name}", "inputs": inputs_of(tiny)}
        whole |= {"provider": "hf-inference"} if method in ABOUT else {}
        found += [whole | {"parameters": bare(tiny) | each} for each in (GIVEN[method], {})]
    for method in HUB_NEVER:
        tiny = tinies[method.replace("_", "-")]
        whole = {"method": method, "model": f"tiny/{tiny.name}", "inputs": inputs_of(tiny)}
        found += [whole | {"parameters": {}}] * 2
    return found


class Tries:
    """What came of all calls in one way, asked for once."""

    def __init__(self, server: Server, tinies: dict[str, Tiny]) -> None:
        self.url, self.calls = server.url, calls(tinies)
        self.outcomes = cache(self.ask)

    def ask(self, way: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.clients.hub", way, self.url],
            cwd=ROOT, input=json.dumps(self.calls, default=list), capture_output=True, text=True,
            timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return told

    def of(self, case: Case) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Both calls of a method, and what came of each."""
        pairs = zip(self.calls, self.outcomes(case.way), strict=True)
        return [(call, told) for call, told in pairs if call["method"] == case.method]


@pytest.fixture(scope="module")
def tries(menagerie: Server, tinies: dict[str, Tiny]) -> Tries:
    return Tries(menagerie, tinies)


def test_every_method_stands_in_the_table() -> None:
    about = {"close", "chat"}  # what `chat` leads to has a row of its own
    for client in (InferenceClient, AsyncInferenceClient):
        theirs = {name for name in dir(client) if not name.startswith("_")} - about
        assert theirs == {name.partition("(")[0] for name in CALLS} - {"chat.completions.create"}
    assert CALLS.keys() == {case.method for case in hub()} == {*GIVEN, *HUB_NEVER}
    assert len(hub()) == len(CALLS) * len(HUB_WAYS)


@pytest.mark.parametrize("case", hub(), ids=str)
def test_a_method(tries: Tries, case: Case) -> None:
    for call, told in tries.of(case):
        if case.words:
            assert told["class"] == "ValueError"
            assert case.words in told["error"]
        else:
            assert "value" in told, told
            check(tries.url, case.method, call, told["value"])


def check(url: str, method: str, call: dict[str, Any], value: Any) -> None:
    """Whether plain HTTP gives the same; of what was drawn at random, something of its like."""
    expected, value = direct(url, method, call), comparable(method, value)
    if method in DRAWN and "seed" not in call["parameters"]:
        assert type(value) is type(expected)
        assert value["size"] == expected["size"] if isinstance(value, dict) else value
    else:
        assert alike(value, expected), (value, expected)


def direct(url: str, method: str, call: dict[str, Any]) -> Any:
    model, parameters = f"{url}/models/{call['model']}", call["parameters"]
    if method == "health_check":
        return httpx.get(f"{model}/health", timeout=60).status_code == 200
    if method == "get_endpoint_info":
        return plain(httpx.get(f"{model}/info", timeout=60).json())
    if method.startswith("chat"):
        return said(model, method, {"messages": call["inputs"], **parameters})
    body = {"inputs": call["inputs"], "parameters": parameters}
    if method == "feature_extraction":
        body = {"inputs": call["inputs"], **parameters}
    answer = httpx.post(model, json=json.loads(json.dumps(body, default=list)), timeout=60)
    assert answer.status_code == 200, answer.text
    return unpacked(method, answer)


def said(model: str, method: str, body: dict[str, Any]) -> Any:
    """A chat's answer; of one that is streamed, its words."""
    answer = httpx.post(f"{model}/v1/chat/completions", json=body, timeout=60).json()
    if "stream" in method:
        return answer["choices"][0]["message"]["content"]
    return {name: answer[name] for name in ("choices", "usage")}


def unpacked(method: str, answer: httpx.Response) -> Any:
    """An answer of plain HTTP, as the method unpacks it."""
    if method.endswith("_to_image"):
        return opened(answer.content)
    if method == "text_to_speech":
        return base64.b64encode(answer.content).decode()
    value = answer.json()
    if method in ("text_classification", "summarization", "translation", "image_to_text"):
        return value[0]
    if method == "image_segmentation":
        return [{**each, "mask": opened(raw(each["mask"]))} for each in value]
    if method.startswith("text_generation"):
        return value[0]["generated_text"]
    if method == "audio_to_audio":
        return [{"label": each["label"], "content_type": each["content-type"], "blob": each["blob"]}
                for each in value]  # fmt: skip
    return value


def comparable(method: str, value: Any) -> Any:
    """What a method gave, without what is new in each answer; a stream as its words."""
    if method.startswith("text_generation(stream"):
        return "".join(value)
    if "stream" in method:
        return "".join(each["choices"][0]["delta"].get("content") or "" for each in value)
    if method.startswith("chat"):
        return {name: value[name] for name in ("choices", "usage")}
    return value


def test_the_client_chooses_this_server_by_itself(
    menagerie: Server, tinies: dict[str, Tiny]
) -> None:
    """`provider="auto"`, which is the default, asks the Hub who serves a model."""
    tiny = tinies["fill-mask"]
    call = {"method": "fill_mask", "model": f"tiny/{tiny.name}", "inputs": inputs_of(tiny)}
    asked = [call | {"parameters": {}, "provider": "auto"}]
    done = subprocess.run(
        [sys.executable, "-m", "tests.clients.hub", "id", menagerie.url],
        cwd=ROOT, input=json.dumps(asked), capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    (told,) = json.loads(done.stdout.splitlines()[-1])
    assert alike(told["value"], direct(menagerie.url, "fill_mask", asked[0]))
