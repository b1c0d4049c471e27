"""Whether the server is well, and where every model stands.

Source of the classic shape: the Inference API's `GET /status/{id}`, as huggingface_hub read it.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from api import bodies
from api.doors import may_manage
from api.huggingface import ModelId
from api.problems import JSON, RESPONSES, Route
from pipelines.engine.call import State, Status
from pipelines.engine.resident import Resident
from pipelines.engine.rooms import Tenant
from pipelines.errors import UnknownModel
from pipelines.inference import Inference
from pipelines.models.offer import Progress, in_words
from pipelines.settings import Settings

LOADED: tuple[State, ...] = ("warm", "idle", "busy")


def router(inference: Inference, settings: Settings) -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Server"], responses=RESPONSES)
    engine = inference.engine

    @routes.head("/health", include_in_schema=False)
    @routes.get("/health")
    async def health() -> Response:
        """Whether the server is alive, and whether it is ready for calls."""
        return JSON({"status": "ok", "ready": engine.ready, "tier": engine.hardware.tier})

    @routes.head("/health/ready", include_in_schema=False)
    @routes.get("/health/ready")
    async def ready() -> Response:
        """200 when a call would be taken up at once; 503 while starting or shutting down."""
        return JSON({"ready": engine.ready}, status_code=200 if engine.ready else 503)

    @routes.get("/status")
    async def everything(request: Request) -> Response:
        """The machine, its memory, and every model that holds some of it."""
        return JSON(whole(inference, may_manage(request.scope, settings)))

    @routes.get("/status/{model_id:path}")
    async def one(request: Request, model_id: ModelId) -> Response:
        """One model, in the classic API's shape; `status` has more."""
        token = bodies.token(request)
        try:
            model = inference.models.find(model_id, token)
        except UnknownModel:
            if progress := inference.models.arriving(model_id, token):
                return JSON(arriving(inference, progress))
            raise
        now = engine.status(model)
        fit = await engine.fit(inference.main_call(model))
        return JSON(
            classic(inference, now, fit.verdict == "never", model.library)
            | {"status": asdict(now), "fit": asdict(fit) | {"sentence": fit.sentence}}
        )

    return routes


def classic(
    inference: Inference, now: Status, too_big: bool, framework: str | None
) -> dict[str, Any]:
    """`state` is Loadable, Loaded, TooBig or error."""
    loaded = now.state in LOADED
    state = "Loaded" if loaded else "TooBig" if too_big else "error" if now.error else "Loadable"
    kind = "cpu" if inference.engine.hardware.device == "cpu" else "gpu"
    return {"loaded": loaded, "state": state, "compute_type": kind, "framework": framework}


def arriving(inference: Inference, progress: Progress) -> dict[str, Any]:
    """A model on its way here."""
    now = Status(
        "downloading",
        f"{progress.stage}: {in_words(progress.done_bytes)} of {in_words(progress.total_bytes)}",
        progress.seconds,
        progress.done_bytes,
        progress.total_bytes,
        progress.eta,
    )
    return classic(inference, now, False, None) | {"status": asdict(now)}


def whole(inference: Inference, manages: bool) -> dict[str, Any]:
    """All sizes in bytes, all times in seconds. Which models endpoints run is told to those alone
    who may manage endpoints."""
    engine = inference.engine
    hardware, memory = engine.hardware, engine.memory
    return {
        "tier": hardware.tier,
        "device": hardware.device,
        "reason": hardware.reason,
        "ready": engine.ready,
        "memory": {"total": memory.size, "taken": memory.taken, "free": max(0, sum(memory.free()))},
        "models": [entry(each, naming(manages)) for each in engine.all()],
    }


def naming(manages: bool) -> Callable[[Resident | Tenant], str]:
    """What a reader calls a model that holds memory."""
    return lambda each: each.model.shown if manages else each.shown


def entry(resident: Resident, named: Callable[[Resident], str]) -> dict[str, Any]:
    model, name = resident.model, named(resident)
    hidden = {} if name == model.id else {"revision": None, "error": None}
    return {"model": name, "revision": model.revision} | asdict(resident.status()) | hidden
