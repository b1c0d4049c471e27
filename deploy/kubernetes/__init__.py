"""A model on a Kubernetes cluster: plain manifests, put together by a kustomization.

Source: the API reference of Kubernetes 1.37, "Pod Security Standards" and the kustomize reference.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from deploy.kubernetes import pods, settings, traffic
from deploy.kubernetes.readme import readme
from deploy.names import label
from deploy.plan import Plan
from pipelines.errors import InvalidInput

MOST = 100  # replicas
# As names of images are written: `registry.example.com:5000/team/name:tag`, or with a digest.
IMAGE = re.compile(
    r"[a-z0-9][\w.\-]*(:\d+)?(/[a-z0-9][\w.\-]*)*(:[\w.\-]{1,128})?(@sha256:[0-9a-f]{64})?",
    re.ASCII,
)

Manifest = dict[str, Any]


def write(plan: Plan, folder: Path, image: str | None = None, replicas: int = 1) -> None:
    """Manifests for `kubectl apply -k`. `image` is the container's, made by `export docker`; up to
    `replicas` of it run at a time.

    Raises InvalidInput for a name that is no image's, and a number out of bounds.
    """
    made = manifests(plan, checked(image or f"{label(plan.model.id)}:1"), bounded(replicas))
    for name, manifest in made.items():
        (folder / f"{name}.yaml").write_text(dumped(manifest), encoding="utf-8")
    (folder / "README.md").write_text(readme(plan, replicas), encoding="utf-8")


def manifests(plan: Plan, image: str, replicas: int) -> dict[str, Manifest]:
    """Each by the name of its file."""
    name = label(plan.model.id, settings.LONGEST)
    several = replicas > 1
    found = {
        "configmap": settings.config_map(name),
        "secret": settings.secret(name),
        **({} if several else {"volume": settings.volume(name)}),
        "deployment": pods.deployment(name, plan, image, several),
        "service": traffic.service(name),
        **({"autoscaler": traffic.autoscaler(name, replicas)} if several else {}),
        **({"disruption": traffic.disruption(name)} if several else {}),
    }
    return {**found, "kustomization": kustomization(found)}


def kustomization(found: Mapping[str, Manifest]) -> Manifest:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{name}.yaml" for name in found],
    }


def dumped(manifest: Manifest) -> str:
    text: str = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=10_000)
    return text


def checked(image: str) -> str:
    if not IMAGE.fullmatch(image):
        raise InvalidInput(
            f"image: {image[:80]!r} is no name of an image. Write it as in "
            "registry.example.com/team/name:tag."
        )
    return image


def bounded(replicas: int) -> int:
    if not 1 <= replicas <= MOST:
        raise InvalidInput(f"replicas: {replicas} is not from 1 to {MOST}.")
    return replicas
