"""/openapi.json and /docs: ours alone, whole, and without a network."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.app import OURS
from pipelines.registry import TASKS
from tests.api.wire import SECONDS
from tests.conftest import Server


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
    assert set(document["paths"]) == {
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
    }
    assert all(path.startswith(OURS) for path in document["paths"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(references(document))
    assert len(found) > len(TASKS)
    assert all(isinstance(resolve(document, each), dict) for each in found)


def test_every_schema_is_used(document: dict[str, Any]) -> None:
    used = {each.rpartition("/")[2] for each in references(document)}
    assert set(document["components"]["schemas"]) == used


def test_every_operation(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names))
    for operation in operations(document):
        assert operation["tags"]
        assert operation["description"]
        problem = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert resolve(document, problem["$ref"])["required"] == ["error"]
        assert "422" not in operation["responses"]


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
        resolve(document, each["$ref"]) for each in body["application/json"]["schema"]["oneOf"]
    ]
    assert {shape["description"] for shape in shapes} == {task.summary for task in TASKS.values()}
    assert all(shape["required"] == ["inputs"] for shape in shapes)
    assert body["application/octet-stream"]["schema"]["format"] == "binary"


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
