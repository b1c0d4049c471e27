"""What the pods are told, and where they keep what they write."""

from typing import Any

PART_OF = "tagline"
LONGEST = 50  # characters of the name, so that what is added to it still makes a label
DATA = "5Gi"  # tokens, kept runs, and what a call leaves behind for a while
# What is set here is empty, which counts as not set.
SECRETS = ("TAGLINE_DATABASE", "TAGLINE_REDIS_URL")


def named(name: str, selector: str) -> dict[str, Any]:
    """The metadata of an object; `selector` is the label by which all of them are found."""
    labels = {"app.kubernetes.io/name": selector, "app.kubernetes.io/part-of": PART_OF}
    return {"name": name, "labels": labels}


def config_map(name: str) -> dict[str, Any]:
    """Settings of Tagline: a token is asked for, and the log is one for machines."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": named(f"{name}-settings", name),
        "data": {
            "TAGLINE_LEVEL": "protected",
            "TAGLINE_HOST": "0.0.0.0",
            "TAGLINE_LOG_FORMAT": "json",
            "TAGLINE_HOME": "/data",
            "HF_HOME": "/data/huggingface",
            "HOME": "/data",
        },
    }


def secret(name: str) -> dict[str, Any]:
    """A template: nothing in it is secret yet."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": named(f"{name}-secrets", name),
        "type": "Opaque",
        "stringData": dict.fromkeys(SECRETS, ""),
    }


def volume(name: str) -> dict[str, Any]:
    """A disk that one pod writes to, and that outlives it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": named(f"{name}-data", name),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": DATA}},
        },
    }
