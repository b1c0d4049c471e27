"""The part of the Hub's own API that inference clients ask before they call a model.

Source: what huggingface_hub's InferenceClient and HfApi, and @huggingface/inference, send and read.
Only models of this machine are told; nothing is looked up elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import bodies
from api.huggingface import ModelId
from api.listing import Listing
from api.problems import JSON, RESPONSES, Route, problem
from pipelines import registry
from pipelines.errors import InvalidInput, TaglineError
from pipelines.inference import Inference, chats
from pipelines.model import Model
from pipelines.models.card import examples
from pipelines.models.listing import listing
from pipelines.task import Task

PROVIDER = "hf-inference"  # as which the clients know a server of this protocol
CHAT = "conversational"  # what the Hub names the task of a provider's model that chats
ALL = 100_000  # models that are looked through
ALWAYS = ("_id", "id")  # what an answer has whatever is asked for
Expand = Annotated[list[str] | None, Query(alias="expand[]")]


def router(inference: Inference) -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Hub"], responses=RESPONSES)

    @routes.get("/api/models")
    def models(
        request: Request, asked: Annotated[Listing, Query()], expand: Expand = None
    ) -> Response:
        """The models of this machine."""
        everything = map(told, inference.models.search(asked.search, None, ALL))
        found = asked.ordered([about for about in everything if asked.takes(about)])
        rows = [only(about, names(request, expand)) for about in asked.page(found)]
        return JSON(rows, headers=asked.next_page(request, len(found)))

    @routes.get("/api/models/{model_id:path}")
    def model(request: Request, model_id: ModelId, expand: Expand = None) -> Response:
        """One model of this machine: its tag, its card, its files, and that it can be called."""
        name, _, revision = model_id.partition("/revision/")
        found = inference.models.find(
            f"{name}@{revision}" if revision and revision != "main" else name, bodies.token(request)
        )
        return JSON(only(told(found), names(request, expand)))

    @routes.get("/api/tasks")
    def tasks() -> Response:
        """Every task, and the model that a client takes when its caller names none."""
        here = inference.models.list()
        return JSON({tag: task_entry(task, here) for tag, task in registry.TASKS.items()})

    @routes.get("/api/agent-harnesses", include_in_schema=False)
    def harnesses(request: Request) -> Response:
        """huggingface_hub keeps any other answer for a day, and breaks on it."""
        return problem(request, 404, "There is no such list here.")

    return routes


def names(request: Request, expand: Sequence[str] | None) -> frozenset[str]:
    """The fields asked for, written `expand[]=a&expand[]=b` or `expand=a`; none means all."""
    return frozenset([*(expand or ()), *request.query_params.getlist("expand")])


def only(about: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
    """Raises InvalidInput for a field that there is not."""
    if unknown := wanted - about.keys():
        known = ", ".join(sorted(about))
        raise InvalidInput(f"expand: {', '.join(sorted(unknown))} is no field; allowed: {known}.")
    return {key: value for key, value in about.items() if not wanted or key in {*wanted, *ALWAYS}}


def told(model: Model) -> dict[str, Any]:
    """What the Hub's `GET /api/models/{id}` says of a model. Nobody counts downloads or likes."""
    able = tags(model)
    made = datetime.fromtimestamp(model.path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return {
        "_id": sha256(model.id.encode()).hexdigest()[:24],
        "id": model.id,
        "modelId": model.id,
        "author": model.id.partition("/")[0],
        "sha": model.revision,
        "createdAt": made.replace("+00:00", ".000Z"),
        "lastModified": made.replace("+00:00", ".000Z"),
        "private": model.owner is not None,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "library_name": model.library,
        "pipeline_tag": model.tag,
        "tags": list(dict.fromkeys([*filter(None, [model.library, *able]), *model.tags])),
        "cardData": dict(model.card),
        "config": configuration(model),
        "widgetData": [each.inputs for each in examples(model.card).accepted],
        "siblings": [{"rfilename": name} for name in listing(model.path)],
        "spaces": [],
        "inference": "warm" if able else None,
        "inferenceProviderMapping": mapping(model, able),
    }


def tags(model: Model) -> list[str]:
    """The tags of the tasks that a model can do here, its own first."""
    try:
        return [task.tag for task in registry.for_model(model)]
    except TaglineError:
        return []


def configuration(model: Model) -> dict[str, Any]:
    known = {"architectures": list(model.architectures) or model.config.get("architectures")}
    kind = model.config.get("model_type")
    return {key: value for key, value in (known | {"model_type": kind}).items() if value}


def mapping(model: Model, able: Sequence[str]) -> dict[str, Any]:
    if not able:
        return {}
    task = CHAT if chats(model) else able[0]
    return {PROVIDER: {"status": "live", "providerId": model.id, "task": task}}


def task_entry(task: Task, here: Iterable[Model]) -> dict[str, Any]:
    """Those on this machine whose own tag it is come first: clients ask for no other."""
    own = [model.id for model in here if model.tag == task.tag and task.accepts(model)]
    return {
        "id": task.tag,
        "label": task.summary,
        "libraries": list(task.load),
        "widgetModels": own[:1] or [task.default_model],
        "models": [{"id": id, "description": ""} for id in own or [task.default_model]],
    }
