"""The files that an endpoint can be had as, by the name of what reads them."""

from collections.abc import Callable, Mapping

from endpoints.engines import Deployment
from endpoints.exports.grafana import grafana
from endpoints.exports.prometheus import discovery
from endpoints.exports.rayservice import rayservice_yaml
from endpoints.exports.serve import serve_yaml
from pipelines.errors import InvalidInput
from pipelines.settings import Limits

Writer = Callable[[Deployment, Limits, str], str]

# Kind -> its file's name, `{}` for the endpoint's, and what writes it, from the deployment, the
# server's limits and its address.
FILES: Mapping[str, tuple[str, Writer]] = {
    "ray-serve": ("{}-serve.yaml", lambda each, limits, _: serve_yaml([each], limits)),
    "kuberay": ("{}-rayservice.yaml", lambda each, limits, _: rayservice_yaml(each, limits)),
    "prometheus": ("tagline-targets.json", lambda _, __, address: discovery([address])),
    "grafana": ("tagline-endpoints.json", lambda _, __, ___: grafana()),
}


def written(kind: str, deployment: Deployment, limits: Limits, address: str) -> tuple[str, str]:
    """The file's name and its text. Raises InvalidInput for a kind that is none, or for hardware
    that Ray cannot tell, and Unavailable where a model was not found yet."""
    if kind not in FILES:
        raise InvalidInput(f"There is no file {kind[:40]!r}. There are: {', '.join(FILES)}.")
    name, write = FILES[kind]
    return name.format(deployment.spec.name), write(deployment, limits, address)
