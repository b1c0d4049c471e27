"""Generation options that clients send among a task's parameters."""

from collections.abc import Mapping

from pipelines.loaders.generation import GenerationParameters
from pipelines.reading import Body

LOOSE = GenerationParameters.model_fields.keys()


def gather(body: Body) -> Body:
    """Puts them into `generation_parameters`, where the Hub's specification has them."""
    parameters = body.get("parameters")
    if not isinstance(parameters, Mapping) or not LOOSE & parameters.keys():
        return body
    inner = parameters.get("generation_parameters") or {}
    if not isinstance(inner, Mapping):
        return body
    moved = {key: value for key, value in parameters.items() if key in LOOSE}
    rest = {key: value for key, value in parameters.items() if key not in LOOSE}
    return {**body, "parameters": {**rest, "generation_parameters": {**moved, **inner}}}
