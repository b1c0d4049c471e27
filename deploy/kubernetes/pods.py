"""The pods that serve a model: as little as they may, as much as the model needs."""

import math
from typing import Any

from deploy.kubernetes.settings import DATA, named
from deploy.plan import Plan
from pipelines.engine.memory import MAIN_RESERVE, SERVER
from pipelines.tiers import GPU_TIERS, names_gpu

PORT = 7860
USER = 1000  # as the image has it
STEP = 256  # MiB by which memory is rounded up
CORES, GPU_CORES = 2, 4  # for a model on the CPU; for each GPU
GPU = "nvidia.com/gpu"
SCRATCH = "1Gi"
STARTING, WATCHING = 5, 10  # seconds between two looks
MOST_LOOKS = 120  # at a pod that starts: its libraries may come from a slow disk


def deployment(name: str, plan: Plan, image: str, several: bool) -> dict[str, Any]:
    """`several` says that more than one pod may run: then none has a disk of its own that stays."""
    selector = {"app.kubernetes.io/name": name}
    # A disk for one pod has to be let go before the next one can have it.
    strategy = {"type": "RollingUpdate" if several else "Recreate"}
    count: dict[str, Any] = {} if several else {"replicas": 1}  # else the autoscaler says
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": named(name, name),
        "spec": {
            **count,
            "strategy": strategy,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {"labels": named(name, name)["labels"]},
                "spec": pod(name, plan, image, several),
            },
        },
    }


def pod(name: str, plan: Plan, image: str, several: bool) -> dict[str, Any]:
    kept = {"persistentVolumeClaim": {"claimName": f"{name}-data"}}
    data = {"emptyDir": {"sizeLimit": DATA}} if several else kept
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": 30,
        **tolerations(plan),
        "containers": [container(name, plan, image)],
        "volumes": [
            {"name": "data", **data},
            {"name": "scratch", "emptyDir": {"sizeLimit": SCRATCH}},
        ],
    }


def container(name: str, plan: Plan, image: str) -> dict[str, Any]:
    return {
        "name": "tagline",
        "image": image,
        "ports": [{"name": "http", "containerPort": PORT}],
        "envFrom": [
            {"configMapRef": {"name": f"{name}-settings"}},
            {"secretRef": {"name": f"{name}-secrets", "optional": True}},
        ],
        "resources": resources(plan),
        "startupProbe": probe("/health", STARTING, MOST_LOOKS),
        "livenessProbe": probe("/health", WATCHING, 6),
        "readinessProbe": probe("/health/ready", WATCHING, 2),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "scratch", "mountPath": "/tmp"},
        ],
    }


def probe(path: str, seconds: int, looks: int) -> dict[str, Any]:
    """A look every few `seconds`, of which `looks` may fail."""
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": seconds,
        "timeoutSeconds": 5,
        "failureThreshold": looks,
    }


def resources(plan: Plan) -> dict[str, Any]:
    """What the model was foretold to need, beside the server. Tagline reads its limits: with one of
    cores it starts as many threads, and no more."""
    count = gpus(plan.flavour)
    given = {"cpu": str(count * GPU_CORES or CORES), "memory": f"{memory(plan.need)}Mi"}
    gpu = {GPU: str(count)} if count else {}
    return {"requests": given, "limits": given | gpu}


def memory(need: int) -> int:
    """MiB of which Tagline may give `need` bytes to models."""
    whole = (need + SERVER) / (1 - MAIN_RESERVE) / (1 << 20)
    return math.ceil(whole / STEP) * STEP


def gpus(flavour: str) -> int:
    """How many GPUs a flavour has: 1 where that is not known, as on ZeroGPU."""
    rows = (row for family in GPU_TIERS.values() for row in family)
    known = {name: count for count, _, name in rows}
    return known.get(flavour, 1) if names_gpu(flavour) else 0


def tolerations(plan: Plan) -> dict[str, Any]:
    """Nodes with GPUs are usually kept for those who ask for one."""
    if not gpus(plan.flavour):
        return {}
    return {"tolerations": [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]}
