"""The Hub's own API as inference clients ask it: by id, with nothing but the address changed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi

from pipelines import registry
from tests.api.wire import SECONDS, error_of
from tests.conftest import CHATTER, EMBEDDER, LISTENER, SEER, Server

# What a user writes who calls models by id; the constant must be set before the client is imported.
BY_ID = """
import json, os
import huggingface_hub.constants as constants
constants.INFERENCE_PROXY_TEMPLATE = os.environ["HF_ENDPOINT"] + "/{provider}"
from huggingface_hub import InferenceClient
client = InferenceClient(provider="hf-inference", timeout=120)
found = {
    "vector": client.feature_extraction("hello", model=%(embedder)r).shape,
    "near": len(client.sentence_similarity("a", ["b", "c"], model=%(embedder)r)),
    "label": client.image_classification(%(cat)r, model=%(seer)r)[0].label,
    "unnamed": client.image_classification(%(cat)r)[0].label,
    "said": client.chat_completion(
        [{"role": "user", "content": "Say hi"}], model=%(chatter)r, max_tokens=4
    ).choices[0].message.content,
}
try:
    client.translation("hello", model=%(embedder)r)
except ValueError as error:
    found["refused"] = str(error)
print(json.dumps(found))
"""
CAT = str(Path("assets/samples/cat.jpg").resolve())


def get(server: Server, path: str, **query: Any) -> Any:
    answer = httpx.get(f"{server.url}{path}", params=query, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_inference_client_calls_models_by_id(server: Server, tmp_path: Path) -> None:
    script = BY_ID % {"embedder": EMBEDDER, "chatter": CHATTER, "seer": SEER, "cat": CAT}
    env = {**os.environ, "HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path)}
    env.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["vector"] == [384]
    assert found["near"] == 2
    assert found["label"] == found["unnamed"] == "tiger cat"
    assert found["said"]
    assert "doesn't support task 'translation'" in found["refused"]


def test_the_hub_client_reads_a_model(server: Server) -> None:
    found = HfApi(endpoint=server.url).model_info(EMBEDDER, timeout=30)
    assert (found.id, found.pipeline_tag) == (EMBEDDER, "sentence-similarity")
    assert found.library_name == "sentence-transformers"
    assert {"feature-extraction", "sentence-similarity"} <= set(found.tags or ())
    assert "model.safetensors" in {file.rfilename for file in found.siblings or ()}
    assert found.created_at is not None
    again = HfApi(endpoint=server.url).model_info(EMBEDDER, revision=found.sha, timeout=30)
    assert again.sha == found.sha


def test_the_hub_client_lists_models(server: Server) -> None:
    api = HfApi(endpoint=server.url)
    assert SEER in {m.id for m in api.list_models(pipeline_tag="image-classification")}
    assert {m.id for m in api.list_models(search="whisper")} == {LISTENER}
    assert {m.author for m in api.list_models(author="tagline")} == {"tagline"}
    assert len(list(api.list_models(limit=2))) == 2
    assert EMBEDDER in {m.id for m in api.list_models(filter=["feature-extraction"])}
    assert not list(api.list_models(filter=["feature-extraction", "no-such-tag"]))


def test_only_the_fields_that_are_asked_for(server: Server) -> None:
    path = f"/api/models/{EMBEDDER}"
    asked = get(server, path, **{"expand[]": ["inferenceProviderMapping", "sha"]})
    assert asked.keys() == {"_id", "id", "inferenceProviderMapping", "sha"}
    assert asked["inferenceProviderMapping"]["hf-inference"]["status"] == "live"
    assert get(server, path, expand="inferenceProviderMapping").keys() == {
        "_id", "id", "inferenceProviderMapping",
    }  # fmt: skip
    refused = httpx.get(f"{server.url}{path}", params={"expand[]": "soul"}, timeout=30)
    assert refused.status_code == 422
    assert "soul is no field; allowed: _id" in refused.json()["error"]


def test_a_model_that_chats_is_called_conversational(server: Server) -> None:
    """@huggingface/inference sends no chat to a model by its id otherwise."""
    for id, task in ((CHATTER, "conversational"), (SEER, "image-classification")):
        told = get(server, f"/api/models/{id}", expand="inferenceProviderMapping")
        assert told["inferenceProviderMapping"]["hf-inference"]["task"] == task


def test_every_task_has_a_model_for_who_names_none(server: Server) -> None:
    tasks = get(server, "/api/tasks")
    assert tasks.keys() == registry.TASKS.keys()
    assert tasks["image-classification"]["widgetModels"] == [SEER]
    assert tasks["translation"]["widgetModels"] == [registry.get("translation").default_model]


@pytest.mark.parametrize("path", ["/api/agent-harnesses", "/api/models/no/such", "/api/what"])
def test_what_is_not_here(server: Server, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}", timeout=30)
    assert answer.status_code == 404
    assert answer.json()["error"]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many"])
def test_a_limit_that_cannot_be(server: Server, limit: str) -> None:
    answer = httpx.get(f"{server.url}/api/models?limit={limit}", timeout=SECONDS)
    error_of(answer, 422, "limit: ")
