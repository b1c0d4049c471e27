"""A model's address as an endpoint of its own, which clients ask whether it is well.

Source: what huggingface_hub's `health_check` and `get_endpoint_info` ask text-generation-inference.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from api import bodies
from api.huggingface import PREFIXES, ModelId
from api.problems import JSON, RESPONSES, Route
from pipelines.inference import Predictor
from pipelines.model import Model

UNWELL = ("failed", "quarantined")


def router(inference: Predictor) -> APIRouter:
    routes = APIRouter(route_class=Route, tags=["Server"], responses=RESPONSES)

    def health(request: Request, model_id: ModelId) -> Response:
        """200 if a call to this model would be taken; 503 if it has failed."""
        model = inference.models.find(model_id, bodies.token(request))
        state = inference.engine.status(model).state
        return JSON({"status": state}, status_code=503 if state in UNWELL else 200)

    def info(request: Request, model_id: ModelId) -> Response:
        """What this model is, and what runs it."""
        return JSON(about(inference, inference.models.find(model_id, bodies.token(request))))

    for prefix in PREFIXES:
        for end, endpoint in (("health", health), ("info", info)):
            routes.add_api_route(
                f"{prefix}/{{model_id:path}}/{end}",
                endpoint,
                methods=["GET"],
                include_in_schema=prefix == PREFIXES[0],
            )
    return routes


def about(inference: Predictor, model: Model) -> dict[str, Any]:
    """In text-generation-inference's words, those of them that are known here."""
    hardware = inference.engine.hardware
    return {
        "model_id": model.id,
        "model_sha": model.revision,
        "model_dtype": hardware.dtype,
        "model_device_type": hardware.device,
        "model_pipeline_tag": model.tag,
        "max_concurrent_requests": inference.engine.rules.most_waiting,
    }
