"""The OpenAPI document of our own routes: what the records and the shapes say, put together.

It is made when somebody asks for it first, since the page is wanted sooner.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from prometheus_client import CONTENT_TYPE_LATEST

from api import openai_audio, placeholders, schema, shapes, tools
from api.schema import BYTES, Schema, ref
from pipelines.inference import Inference
from pipelines.registry import TASKS
from pipelines.task import Task

ANY, NAMED = "/models/{model_id}", "/models/{model_id}/pipeline/{task}"
JSON, EVENTS = "application/json", "text/event-stream"
# What one event holds is said in docs/api.md; OpenAPI 3.1 has no word for it.
STREAM: Schema = {"description": "Server-sent events, each with JSON behind `data:`"}
# As huggingface_hub reads them; docs/endpoints.md says what stands in them.
MANAGED: Schema = {"type": "object"}
LOGS = "/v2/endpoint/{namespace}/{name}/logs"
CHATS = ("/v1/chat/completions", "/models/{model_id}/v1/chat/completions")
SHAPES: Mapping[str, Any] = {
    "/health": shapes.Health,
    "/health/ready": shapes.Ready,
    "/status": shapes.Machine,
    "/status/{model_id}": shapes.ModelStatus,
    "/models/{model_id}/health": shapes.ModelHealth,
    "/models/{model_id}/info": shapes.ModelInfo,
    "/api/whoami-v2": shapes.WhoAmI,
    "/admin/load": shapes.Moved,
    "/admin/unload": shapes.Moved,
    "/admin/pin": shapes.Moved,
    "/api/models": list[shapes.HubModel],
    "/api/models/{model_id}": shapes.HubModel,
    "/api/tasks": dict[str, shapes.HubTask],
    "/v1/models": shapes.OpenAIModels,
    "/v1/models/{model_id}": shapes.OpenAIModel,
    "/v1/completions": shapes.TextCompletion,
    "/v1/embeddings": shapes.Embeddings,
    "/v1/moderations": shapes.Moderation,
    "/v1/rerank": shapes.Reranked,
    "/v1/images/generations": shapes.Drawings,
    "/v1/images/edits": shapes.Drawings,
    "/v1/audio/transcriptions": shapes.Transcription,
    **dict.fromkeys(CHATS, shapes.ChatCompletion),
}
HEALTH = ("/health/ready", "/models/{model_id}/health")
STREAMED = (*CHATS, "/v1/completions", "/v1/audio/transcriptions")
# Beside JSON, or instead of it
FILES: Mapping[str, tuple[str, ...]] = {
    "/v1/audio/speech": (*openai_audio.FILES.values(), "audio/pcm"),
    "/v1/audio/transcriptions": ("text/plain; charset=utf-8",),
    "/metrics": (CONTENT_TYPE_LATEST,),
    LOGS: ("text/plain; charset=utf-8",),
}
STATUSES = {
    400: "The body is not valid JSON, or the model cannot do this task",
    401: "The server asks for a token, and this is no good one",
    403: "A rule of this server",
    404: "There is no such model, task or path",
    408: "The body was not here in time",
    409: "There is an endpoint of this name already",
    413: "The body, or the model, is larger than this server takes",
    415: "A body of a type that this model, or any, does not take",
    422: "A field is missing, unknown or out of bounds; or a Python package is missing",
    429: "Too many calls of one caller wait; Retry-After says when to send the next",
    500: "The model failed on this input, or its files are damaged",
    502: "The model's process ended while it answered",
    503: "No room, or no answer, for now; Retry-After says when to try again",
    504: "The answer took longer than this server allows",
}
TOLD = {
    "x-request-id": "The caller's own, or a new one",
    "x-compute-type": "cpu or gpu",
    "x-compute-time": "Seconds in the model",
    "x-hf-warning": "What to know of the answer: `topic; sentence`",
}
ASKED: Mapping[str, tuple[Schema, str]] = {
    "X-Wait-For-Model": ({"type": "string", "enum": ["0", "1"]}, "0: 503 if it is not loaded"),
    "X-Scale-Up-Timeout": (
        {"type": "number", "minimum": 0, "maximum": 86_400},
        "Seconds to wait at most for the model to load",
    ),
    "X-Load-Model": ({"type": "string", "enum": ["0", "1"]}, "0: answer only if it is loaded"),
}


def document(app: FastAPI, inference: Inference) -> Schema:
    """Made once and kept by `app`."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version="1", summary=app.summary, routes=app.routes)
        names = {name_of(path): shape for path, shape in SHAPES.items()}
        known = made["components"]["schemas"] | schema.definitions(names)
        describe_routes(made["paths"])
        describe_tasks(made["paths"], inference)
        for operation in operations(made["paths"]):
            finish(operation)
        parts = {"headers": headers(), "responses": failures()}
        used = reached([made["paths"], parts], known)
        made["components"] = parts | {"schemas": {name: known[name] for name in sorted(used)}}
        app.openapi_schema = made
    return app.openapi_schema


def operations(paths: Schema) -> Iterator[Schema]:
    return (operation for path in paths.values() for operation in path.values())


def reached(node: Any, known: Mapping[str, Schema]) -> set[str]:
    """The names of the schemas that a part of the document needs, and those that these need."""
    found: set[str] = set()
    left = [node]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).removeprefix(schema.REF.format(model=""))
            if name in known and name not in found:
                found.add(name)
                left.append(known[name])
        left += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return found


# What all share ---------------------------------------------------------------------------------


def headers() -> Schema:
    return {
        name: {"description": about, "schema": {"type": "string"}} for name, about in TOLD.items()
    }


def failures() -> Schema:
    content = {JSON: {"schema": ref("Problem")}}
    later: Schema = {"retry-after": {"description": "Seconds", "schema": {"type": "string"}}}
    return {
        f"Status{status}": {
            "description": about,
            "content": content,
            **({"headers": later} if status in (429, 503) else {}),
        }
        for status, about in STATUSES.items()
    }


def finish(operation: Schema) -> None:
    """Adds the failures that any route may end in, and the headers that each answer has."""
    answers = operation["responses"]
    for status in STATUSES:
        answers.setdefault(str(status), {"$ref": f"#/components/responses/Status{status}"})
    computes = "requestBody" in operation
    names = TOLD if computes else ("x-request-id",)
    answers[good(operation)]["headers"] = {
        name: {"$ref": f"#/components/headers/{name}"} for name in names
    }


def good(operation: Schema) -> str:
    """The status of a good answer."""
    return "201" if "201" in operation["responses"] else "200"


def content_of(body: Schema | None, files: Mapping[str, Any] | tuple[str, ...]) -> Schema:
    told: Schema = {JSON: {"schema": body}} if body else {}
    return told | {mime: {"schema": BYTES} for mime in files}


# Routes that are no task's ----------------------------------------------------------------------


def name_of(path: str) -> str:
    """A component's name for what a path answers."""
    return "".join(map(str.title, re.findall(r"[a-z0-9]+", path.replace("{model_id}", "one"))))


def describe_routes(paths: Schema) -> None:
    for path, methods in paths.items():
        body = ref(name_of(path)) if path in SHAPES else MANAGED if path[:4] == "/v2/" else None
        content = content_of(body, FILES.get(path, ()))
        if path in STREAMED:
            content |= {EVENTS: {"schema": STREAM}}
        for operation in methods.values():
            operation["responses"][good(operation)]["content"] = content
    for path in HEALTH:
        paths[path]["get"]["responses"]["503"] = {
            "description": "Not yet, or no longer",
            "content": {JSON: {"schema": ref(name_of(path))}},
        }
    for path in CHATS:
        kinds = [ref(f"{schema.title(task)}Chat") for task in schema.chats()]
        paths[path]["post"]["requestBody"]["content"][JSON]["schema"] = {"anyOf": kinds}


# Tasks ------------------------------------------------------------------------------------------


def describe_tasks(paths: Schema, inference: Inference) -> None:
    """The two routes of all tasks, and one for each task by itself. A body that fits several tasks
    is `anyOf`: a `oneOf` would refuse it."""
    here = inference.models.list()
    for path in (ANY, NAMED):
        paths[path]["post"] |= generic(paths[path]["post"])
    tags = next(each for each in paths[NAMED]["post"]["parameters"] if each["name"] == "task")
    tags["schema"] = {"type": "string", "enum": list(TASKS)}
    for task in TASKS.values():
        usual = tools.usual(task, here)
        path = NAMED.replace("{task}", task.tag)
        paths[path] = {"post": operation_of(task, paths[NAMED]["post"], usual)}
        model = next((each for each in here if each.id == usual), None)
        examples = placeholders.bodies(task, model)
        paths[path]["post"]["requestBody"]["content"][JSON]["examples"] = examples


def generic(operation: Schema) -> Schema:
    bodies = [ref(f"{schema.title(task)}Body") for task in TASKS.values()]
    examples = {
        task.tag: {"summary": task.summary, **placeholders.bodies(task, None)["Example 1"]}
        for task in TASKS.values()
    }
    results = [each for task in TASKS.values() for each in flat(schema.answer_of(task))]
    files = {mime: None for task in TASKS.values() for mime in schema.mimes(task)}
    sent = {mime: {"schema": BYTES} for mime in ("application/octet-stream", *schema.SENT.values())}
    json = {"schema": {"anyOf": bodies}, "examples": examples}
    return {
        "parameters": [*operation["parameters"], *wishes()],
        "requestBody": {"required": True, "content": {JSON: json, **sent}},
        "responses": answers(operation, {"anyOf": unique(results)}, files, streams=True),
    }


def operation_of(task: Task, model: Schema, usual: str) -> Schema:
    """One task's own; `model` is that of all tasks, `usual` a model to try it with."""
    made = deepcopy({key: model[key] for key in ("tags", "responses")})
    named = next(each for each in model["parameters"] if each["name"] == "model_id")
    json = {"schema": ref(f"{schema.title(task)}Body")}
    sent = {mime: {"schema": BYTES} for mime in schema.files_in(task)}
    return made | {
        "summary": task.tag,
        "description": f"{task.summary}.",
        "operationId": tools.name_of(task),
        "parameters": [{**named, "example": usual}, *wishes()],
        "requestBody": {"required": True, "content": {JSON: json, **sent}},
        "responses": answers(
            made, schema.answer_of(task), dict.fromkeys(schema.mimes(task)), task.stream is not None
        ),
    }


def answers(operation: Schema, body: Schema, files: Mapping[str, Any], streams: bool) -> Schema:
    """What comes back: results, or for whoever wants no load that the model is not there."""
    whole = {"anyOf": [*flat(body), ref("Problem")]}
    content = content_of(whole, files)
    if streams:
        content |= {EVENTS: {"schema": STREAM}}
    good = {"description": "The result, in Hugging Face's shape", "content": content}
    return {**operation["responses"], "200": good}


def wishes() -> list[Schema]:
    return [
        {"name": name, "in": "header", "required": False, "schema": kind, "description": about}
        for name, (kind, about) in ASKED.items()
    ]


def flat(body: Schema) -> list[Schema]:
    return list(body["anyOf"]) if "anyOf" in body else [body]


def unique(bodies: list[Schema]) -> list[Schema]:
    return [each for at, each in enumerate(bodies) if each not in bodies[:at]]
