"""An endpoint as a RayService of KubeRay: a Ray cluster of its own in Kubernetes.

Source: RayServiceSpec and RayClusterSpec of KubeRay's API `ray.io/v1` (1.5 and later, for
`authOptions`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from endpoints.engines import Deployment
from endpoints.exports.serve import dump, head, serve_config
from endpoints.ray.application import actor, least
from endpoints.spec import Hardware, Spec
from pipelines.settings import Limits

RAY = "2.60.0"
IMAGE = "tagline-ray:latest"
MODELS = "/models"
GIB = 1 << 30
OVERHEAD_GIB = 2  # of a node: Ray itself, and what is shared in memory
DEFAULT_GIB = 4

HOW = """\
For Kubernetes with KubeRay 1.5 or later: kubectl apply -f THIS_FILE
The image has Tagline, Ray {ray} and, as its PYTHONPATH, Tagline's folder. The claim `models` holds
the models, laid out as org/name. KubeRay makes the cluster's token, in a secret of its own; give
that to Tagline. This resource is the truth of what runs: Tagline calls it and changes nothing
(TAGLINE_RAY_READONLY)."""


def rayservice_yaml(deployment: Deployment, limits: Limits, image: str = IMAGE) -> str:
    """The manifest as text. Raises Unavailable where the model was not found yet."""
    return head(HOW.format(ray=RAY), ()) + dump(rayservice(deployment, limits, image))


def rayservice(deployment: Deployment, limits: Limits, image: str = IMAGE) -> dict[str, Any]:
    spec = deployment.spec
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": spec.name, "labels": {"app.kubernetes.io/part-of": "tagline"}},
        "spec": {
            "serveConfigV2": dump(serve_config([deployment], limits)),
            "rayClusterConfig": {
                "rayVersion": RAY,
                "authOptions": {"mode": "token"},
                "enableInTreeAutoscaling": True,
                "headGroupSpec": {
                    "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},
                    "template": pod(spec, image, "ray-head", {"cpu": "1", "memory": "4Gi"}, HEAD),
                },
                "workerGroupSpecs": [workers(spec, image)],
            },
        },
    }


HEAD = {"gcs": 6379, "dashboard": 8265, "client": 10001, "serve": 8000}


def workers(spec: Spec, image: str) -> Mapping[str, Any]:
    """A pod for each replica, and one more, to which an update begins."""
    fewest = least(spec.scaling)
    start = {}
    if spec.hardware.labels:
        start["labels"] = ",".join(f"{key}={value}" for key, value in spec.hardware.labels.items())
    return {
        "groupName": "replicas",
        "replicas": max(1, fewest),
        "minReplicas": fewest,
        "maxReplicas": spec.scaling.max_replicas + 1,
        "rayStartParams": start,
        "template": pod(spec, image, "ray-worker", room(spec.hardware), {"serve": 8000}),
    }


def room(hardware: Hardware) -> Mapping[str, str]:
    """What a pod asks for: that of one replica, and Ray's own."""
    options = actor(hardware)
    gib = (hardware.memory_gb or DEFAULT_GIB) + OVERHEAD_GIB
    asked = {"cpu": f"{options['num_cpus']:g}", "memory": f"{gib:g}Gi"}
    if options["num_gpus"]:
        asked["nvidia.com/gpu"] = str(-int(-options["num_gpus"] // 1))
    return asked


def pod(
    spec: Spec, image: str, name: str, asked: Mapping[str, str], ports: Mapping[str, int]
) -> Mapping[str, Any]:
    container = {
        "name": name,
        "image": image,
        "env": [*variables(spec.secrets, spec.name)],
        "ports": [{"containerPort": port, "name": each} for each, port in ports.items()],
        "resources": {"requests": dict(asked), "limits": dict(asked)},
        "volumeMounts": [{"name": "models", "mountPath": MODELS, "readOnly": True}],
    }
    claim = {"claimName": "models", "readOnly": True}
    volumes = [{"name": "models", "persistentVolumeClaim": claim}]
    return {"spec": {"containers": [container], "volumes": volumes}}


def variables(secrets: Sequence[str], name: str) -> Sequence[Mapping[str, Any]]:
    """Secrets of the endpoint come from the Kubernetes secret of its name."""
    said: list[Mapping[str, Any]] = [{"name": "TAGLINE_MODELS_DIR", "value": MODELS}]
    for each in secrets:
        said.append({"name": each, "valueFrom": {"secretKeyRef": {"name": name, "key": each}}})
    return said
