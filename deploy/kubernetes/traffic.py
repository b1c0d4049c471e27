"""How calls find the pods, and how many pods there are."""

from typing import Any

from deploy.kubernetes.settings import named

LEAST = 2  # pods of a model that may have several: one of them may go
BUSY = 80  # percent of the cores asked for, from which on there is one more


def service(name: str) -> dict[str, Any]:
    """Inside the cluster alone. A visitor stays with his pod, since the page keeps its state in
    one."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": named(name, name),
        "spec": {
            "type": "ClusterIP",
            "selector": {"app.kubernetes.io/name": name},
            "sessionAffinity": "ClientIP",
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }


def autoscaler(name: str, most: int) -> dict[str, Any]:
    """By the use of the cores, which every cluster with a metrics server knows."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    cores = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": BUSY}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": named(name, name),
        "spec": {
            "scaleTargetRef": target,
            "minReplicas": min(LEAST, most),
            "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": cores}],
        },
    }


def disruption(name: str) -> dict[str, Any]:
    """Nodes are emptied one pod at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": named(name, name),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
        },
    }
