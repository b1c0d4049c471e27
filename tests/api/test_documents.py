"""/openapi.json and /docs: ours alone, whole, and without a network."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from api.app import OURS
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.api.wire import SECONDS
from tests.conftest import Server

# What stands below an endpoint's path
ENDPOINT = ("", "/pause", "/resume", "/scale-to-zero", "/replica/{replica}/restart", "/logs",
            "/metrics", "/events", "/files/{kind}")  # fmt: skip


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/openapi.json", timeout=SECONDS).json()
    return found


def references(node: Any) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            yield from references(inner)


def resolve(document: Any, reference: str) -> Any:
    assert reference.startswith("#/")
    for part in reference[2:].split("/"):
        document = document[part]
    return document


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_only_our_paths(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Tagline"
    by_task = {f"/models/{{model_id}}/pipeline/{tag}" for tag in TASKS}
    assert set(document["paths"]) - by_task == {
        "/api/models",
        "/api/models/{model_id}",
        "/api/tasks",
        "/api/whoami-v2",
        "/metrics",
        "/models/{model_id}/health",
        "/models/{model_id}/info",
        "/v1/audio/speech",
        "/v1/audio/transcriptions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/images/edits",
        "/v1/images/generations",
        "/v1/moderations",
        "/v1/rerank",
        "/admin/load",
        "/admin/pin",
        "/admin/unload",
        "/health",
        "/health/ready",
        "/status",
        "/status/{model_id}",
        "/models/{model_id}",
        "/models/{model_id}/pipeline/{task}",
        "/models/{model_id}/v1/chat/completions",
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/{model_id}",
        "/v2/audit/{namespace}",
        "/v2/provider/{namespace}",
        "/v2/endpoint/{namespace}",
        *(f"/v2/endpoint/{{namespace}}/{{name}}{more}" for more in ENDPOINT),
    }
    assert by_task <= set(document["paths"])
    assert all(path.startswith(OURS) for path in document["paths"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(references(document))
    assert len(found) > len(TASKS)
    assert all(isinstance(resolve(document, each), dict) for each in found)


def test_every_schema_is_used(document: dict[str, Any]) -> None:
    within = "#/components/schemas/"
    used = {each.removeprefix(within) for each in references(document) if each.startswith(within)}
    assert set(document["components"]["schemas"]) == used


def test_every_operation(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names))
    for operation in operations(document):
        assert operation["tags"]
        assert operation["description"]
        problem = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert resolve(document, problem["$ref"])["required"] == ["error"]
        wrong = resolve(document, operation["responses"]["422"]["$ref"])
        assert wrong["content"]["application/json"]["schema"] == problem


def test_the_parameters_of_every_path(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            named = {
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"
            }
            assert named == set(re.findall(r"{(\w+)}", path))


def test_the_body_of_every_task(document: dict[str, Any]) -> None:
    body = document["paths"]["/models/{model_id}"]["post"]["requestBody"]["content"]
    shapes = [
        resolve(document, each["$ref"]) for each in body["application/json"]["schema"]["anyOf"]
    ]
    summaries = {f"{task.summary}." for task in TASKS.values()}
    assert {shape["description"] for shape in shapes} == summaries
    assert all(shape["required"] == ["inputs"] for shape in shapes)
    assert set(body["application/json"]["examples"]) == set(TASKS)
    assert body["application/octet-stream"]["schema"]["format"] == "binary"


def of_task(document: dict[str, Any], tag: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/models/{{model_id}}/pipeline/{tag}"]["post"]
    return found


@pytest.mark.parametrize("tag", TASKS)
def test_the_examples_of_a_task_fit_its_schema(document: dict[str, Any], tag: str) -> None:
    body = of_task(document, tag)["requestBody"]["content"]["application/json"]
    check = Draft202012Validator({**body["schema"], "components": document["components"]})
    assert body["examples"]
    for example in body["examples"].values():
        check.validate(example["value"])
        check.validate({"inputs": [example["value"]["inputs"]]})  # and a list of them
        TASKS[tag].read(example["value"], Limits())
        assert len(json.dumps(example)) < 8_000
        for wrong in ({}, {"inputs": None}, {**example["value"], "parameters": {"no_such": 1}}):
            assert not check.is_valid(wrong)


@pytest.mark.parametrize(
    ("tag", "kinds"),
    [
        ("text-to-image", {"image/png", "image/jpeg", "image/webp", "text/event-stream"}),
        ("depth-estimation", {"image/png", "image/jpeg", "image/webp"}),
        ("text-to-video", {"video/mp4", "text/event-stream"}),
        ("text-to-3d", {"model/gltf-binary", "model/ply", "model/stl", "text/event-stream"}),
        ("text-classification", set()),
        ("text-generation", {"text/event-stream"}),
    ],
)
def test_what_an_answer_may_be(document: dict[str, Any], tag: str, kinds: set[str]) -> None:
    content = of_task(document, tag)["responses"]["200"]["content"]
    assert set(content) == {"application/json", *kinds}
    assert "audio/flac" in of_task(document, "text-to-speech")["responses"]["200"]["content"]


def test_what_a_caller_may_wish_for(document: dict[str, Any]) -> None:
    names = {each["name"] for each in of_task(document, "translation")["parameters"]}
    assert names == {"model_id", "X-Wait-For-Model", "X-Scale-Up-Timeout", "X-Load-Model"}


def test_every_answer_has_a_shape(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            good = operation["responses"].get("200") or operation["responses"]["201"]
            for kind, content in good["content"].items():
                assert content["schema"], (path, kind)


def test_the_page_loads_from_here_alone(server: Server) -> None:
    page = httpx.get(f"{server.url}/docs", timeout=SECONDS).text
    assert not re.findall(r"https?://", page)
    needed = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert len(needed) == 3
    for path in [*needed, "/openapi.json"]:
        answer = httpx.get(server.url + path, timeout=SECONDS)
        assert answer.status_code == 200
        assert answer.content
    style = next(path for path in needed if path.endswith(".css"))
    assert "url(http" not in httpx.get(server.url + style, timeout=SECONDS).text
