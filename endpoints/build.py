"""The endpoints of a server, as its settings have them."""

from endpoints.engines import EndpointEngine
from endpoints.ledger import Ledger
from endpoints.local.engine import LocalEngine
from endpoints.ray.engine import RayEngine
from endpoints.ray.keys import token
from endpoints.service import Endpoints
from pipelines.inference import Inference
from pipelines.settings import Settings


def build(inference: Inference, settings: Settings) -> Endpoints:
    folder = settings.home.expanduser() / "endpoints"
    engines: dict[str, EndpointEngine] = {"local": LocalEngine(inference.engine, folder)}
    if settings.ray:
        engines["ray"] = RayEngine(
            settings.ray, ray_token(settings), settings.limits, settings.ray_readonly
        )
    return Endpoints(inference.models, engines, Ledger(settings))


def ray_token(settings: Settings) -> str:
    """Raises InvalidInput where there is none: no cluster is used that anybody may command."""
    return settings.ray_token.get_secret_value() if settings.ray_token else token()
