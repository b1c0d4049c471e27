"""Schemathesis: what the OpenAPI document promises, tried with bodies that it draws from there.

The same bodies every time, few of them, and short answers, so that it takes a minute at most.
"""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import build
from api.tools import usual
from pipelines import registry
from pipelines.model import HANDLER
from pipelines.task import Task
from tests.api.local import SETTINGS, inference
from tests.api.wire import SECONDS, on_board
from tests.conftest import CHATTER, EMBEDDER, Server

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODELS = {tag: usual(task, on_board().list()) for tag, task in registry.TASKS.items()}
# What makes an answer long: at most so much of it
MOST = {
    "max_new_tokens": 2, "max_tokens": 2, "max_completion_tokens": 2, "max_length": 8,
    "num_inference_steps": 1, "num_images_per_prompt": 1, "batch_size": 1, "best_of": 1,
}  # fmt: skip

NESTED = ("generation_parameters", "generate_parameters")

document = build(inference(None), SETTINGS).openapi()
schema = schemathesis.openapi.from_dict(document)
few = settings(
    max_examples=5,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def brief(value: Any) -> Any:
    """A body whose answer is short."""
    if isinstance(value, list):
        return list(map(brief, value))
    if not isinstance(value, dict):
        return value
    short = {name: brief(each) for name, each in value.items()}
    return short | {name: most for name, most in MOST.items() if isinstance(short.get(name), int)}


def limited(case: "schemathesis.Case[Any]") -> Any:
    """A body with a limit of its own, where its task has one."""
    body = brief(case.body)
    if not isinstance(body, dict):
        return body
    tag = case.operation.path.rpartition("/")[2]
    if "messages" in body:
        return {**body, "max_tokens": 2}
    if tag in registry.TASKS and isinstance(body.get("parameters") or {}, dict):
        return {
            **body,
            "parameters": {**least(registry.TASKS[tag]), **(body.get("parameters") or {})},
        }
    return body


def least(task: Task) -> dict[str, Any]:
    """The options of a task that make its answer short."""
    fields = task.params.model_fields
    found: dict[str, Any] = {name: most for name, most in MOST.items() if name in fields}
    return found | {name: {"max_new_tokens": 2} for name in NESTED if name in fields}


def model_for(path: str) -> str:
    tag = path.rpartition("/")[2]
    return MODELS.get(tag, CHATTER if "chat" in path else EMBEDDER)


OPERATIONS = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_nothing_but_what_is_promised(operation: Any, server: Server) -> None:
    @few
    @given(operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def holds(case: "schemathesis.Case[Any]") -> None:
        if "model_id" in (case.path_parameters or {}):
            case.path_parameters["model_id"] = model_for(operation.path)
        case.body = limited(case)
        response = case.call(base_url=server.url, timeout=SECONDS)
        case.validate_response(response, checks=CHECKS)
        # 503: the caller would not wait for the model
        assert response.status_code < 500 or response.headers["retry-after"]

    holds()


def examples() -> list[tuple[str, str, Any]]:
    """Every example of a task that a model on board can do, as /docs fills it in."""
    here = {model.id for model in on_board().list()}
    return [
        (tag, name, example["value"])
        for tag in registry.TASKS
        if MODELS[tag] in here
        for name, example in document["paths"][f"/models/{{model_id}}/pipeline/{tag}"]["post"][
            "requestBody"
        ]["content"]["application/json"]["examples"].items()
    ]


@pytest.mark.parametrize(("tag", "name", "body"), examples(), ids=lambda value: str(value)[:40])
def test_an_example_is_answered(server: Server, tag: str, name: str, body: Any) -> None:
    """By the model that /docs fills in beside it. A model's own code knows few options."""
    operation = schema[f"/models/{{model_id}}/pipeline/{tag}"]["POST"]
    own = on_board().find(MODELS[tag]).library == HANDLER
    parameters = {**body.get("parameters", {}), **({} if own else least(registry.TASKS[tag]))}
    path = f"{server.url}/models/{MODELS[tag]}/pipeline/{tag}"
    answer = httpx.post(path, json={**body, "parameters": parameters}, timeout=SECONDS)
    assert answer.status_code == 200, answer.text[:500]
    operation.validate_response(schemathesis.Response.from_any(answer))
