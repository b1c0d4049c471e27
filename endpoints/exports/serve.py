"""The config file of Ray Serve, for `serve deploy`.

Source: ServeDeploySchema of `ray.serve.schema`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml  # type: ignore[import-untyped]

from endpoints.engines import Deployment
from endpoints.ray.application import application, name_of
from endpoints.ray.arguments import arguments
from endpoints.ray.merge import START
from pipelines.errors import Unavailable
from pipelines.settings import Limits


def serve_config(deployments: Sequence[Deployment], limits: Limits) -> dict[str, Any]:
    """What Serve should run. Raises Unavailable for a deployment whose model was not found yet."""
    return {**START, "applications": [one(each, limits) for each in deployments]}


def one(deployment: Deployment, limits: Limits) -> Mapping[str, Any]:
    """Secrets are named alone: each node has them as variables."""
    spec = deployment.spec
    if deployment.model is None:
        raise Unavailable(f"The model of {spec.name} is still looked for. Export it later.", 5)
    return application(spec, arguments(deployment, name_of(spec.name), limits))


def serve_yaml(deployments: Sequence[Deployment], limits: Limits) -> str:
    """The same as text, with what a reader must know on top."""
    secrets = sorted({name for each in deployments for name in each.spec.secrets})
    return head(HOW, secrets) + dump(serve_config(deployments, limits))


HOW = """\
For a Ray cluster whose nodes have Tagline, its token and the models:
    serve deploy THIS_FILE
It declares the whole of what Serve runs: other declared applications end. Tagline itself, with
--ray, keeps them. Replicas answer Tagline's gateway alone."""


def head(text: str, secrets: Sequence[str]) -> str:
    if secrets:
        text += f"\nSet these on every node before its `ray start`: {', '.join(secrets)}"
    return "".join(f"# {line}\n" for line in text.splitlines())


class Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Texts of several lines as blocks, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, block)


def dump(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text
