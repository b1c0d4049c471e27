"""Bodies of `/v2` as Inference Endpoints have them, and our own words for the same.

Source: what huggingface_hub's `create_inference_endpoint` and `update_inference_endpoint` send, and
what its `InferenceEndpoint` reads. Vendors, regions and kinds of instances are a cloud's: here
`local` is this machine, and `ray` a cluster; other names mean this machine too. What only Tagline
has stands under `tagline`, in the words of `endpoints.spec`.
"""

import re
from collections.abc import Mapping
from typing import Any

from endpoints.service import Endpoint
from endpoints.spec import Spec
from pipelines.errors import InvalidInput
from pipelines.models.names import parse
from pipelines.tiers import FLAVOURS

Body = Mapping[str, Any]
LEVELS = {
    "public": "public", "authenticated": "protected", "protected": "protected",
    "private": "private",
}  # fmt: skip
TYPES = {"public": "public", "protected": "authenticated", "private": "private"}
ZERO_AFTER = 900.0  # seconds, for one that may go to zero and says not when
MINUTE = 60
REGION = "this-machine"
ENGINES = ("local", "ray")
# Of a cloud, or of containers: null and empty values say nothing.
NOT_HERE = ("privateService", "route", "cacheHttpResponses", "experimentalFeatures", "cache")
KNOWN = {"name", "type", "provider", "compute", "model", "tags", "tagline", *NOT_HERE}
PARTS: Mapping[str, set[str]] = {
    "provider": {"vendor", "region"},
    "compute": {"accelerator", "instanceSize", "instanceType", "scaling", "id"},
    "model": {
        "repository", "revision", "task", "framework", "image", "env", "secrets", "command", "args",
    },
}  # fmt: skip


def change_of(body: Any, now: Spec | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a Spec that a body sets, and the values of secrets. `now` is what the endpoint
    is so far. Raises InvalidInput, each field by its name."""
    if not isinstance(body, Mapping):
        raise InvalidInput("The body must be a JSON object. /docs shows what is taken.")
    refuse(body)
    model, compute = part(body, "model"), part(body, "compute")
    found: dict[str, Any] = {
        key: body[key] for key in ("name", "tags") if body.get(key) is not None
    }
    found |= engine_of(part(body, "provider")) | model_of(model, now)
    if body.get("type") is not None:
        found["access"] = {"level": level_of(body["type"])}
    if hardware := hardware_of(compute):
        found["hardware"] = hardware
    if scaling := scaling_of(given(compute, "scaling"), now):
        found["scaling"] = scaling
    return with_ours(found, given(body, "tagline")), secrets_of(model)


def given(body: Body, name: str) -> Any:
    """Null says nothing, as clients send it; anything else is read for what it is."""
    found = body.get(name)
    return {} if found is None else found


def part(body: Body, name: str) -> Body:
    found = given(body, name)
    if not isinstance(found, Mapping):
        raise InvalidInput(f"{name}: must be an object.")
    if unknown := found.keys() - PARTS[name]:
        raise InvalidInput(
            f"{name} does not know {', '.join(sorted(unknown))}; allowed: "
            f"{', '.join(sorted(PARTS[name]))}."
        )
    return found


def refuse(body: Body) -> None:
    if unknown := body.keys() - KNOWN:
        raise InvalidInput(f"body does not know {', '.join(sorted(unknown))}.")
    for name in NOT_HERE:
        if body.get(name):
            raise InvalidInput(f"{name}: there is no such thing on this server. Leave it out.")


def engine_of(provider: Body) -> dict[str, Any]:
    vendor = provider.get("vendor")
    return {"engine": vendor if vendor in ENGINES else "local"} if vendor else {}


def level_of(given: Any) -> str:
    if not isinstance(given, str) or given not in LEVELS:
        raise InvalidInput(f"type: is one of {', '.join(LEVELS)}, not {str(given)[:40]!r}.")
    return LEVELS[given]


def model_of(model: Body, now: Spec | None) -> dict[str, Any]:
    image = model.get("image") or {}
    if not isinstance(image, Mapping) or set(image) - {"huggingface"}:
        raise InvalidInput(
            "model.image: this server runs no containers. Leave it out, and name the model alone."
        )
    for name in ("command", "args"):
        if model.get(name):
            raise InvalidInput(f"model.{name}: this server runs no containers. Leave it out.")
    found = {key: model[key] for key in ("task", "env") if model.get(key) is not None}
    id, revision = model.get("repository"), model.get("revision")
    if id is not None or revision is not None:
        id = str(id or (now.id if now else ""))
        found["model"] = f"{id}@{revision}" if revision else id
    return found


def hardware_of(compute: Body) -> dict[str, Any]:
    """What it asks of a machine: GPUs, and a tier where it names one that is known here."""
    found: dict[str, Any] = {}
    if (kind := compute.get("accelerator")) is not None:
        size = re.fullmatch(r"x([1-9]\d?)", str(compute.get("instanceSize") or "x1"))
        found["gpus"] = int(size[1]) if size and kind == "gpu" else 0
    if (tier := compute.get("instanceType")) is not None:
        found["tier"] = tier if isinstance(tier, str) and tier in FLAVOURS else None
    return found


def scaling_of(given: Any, now: Spec | None) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise InvalidInput("compute.scaling: must be an object.")
    least, minutes = given.get("minReplica"), given.get("scaleToZeroTimeout")
    found: dict[str, Any] = {"min_replicas": least, "max_replicas": given.get("maxReplica")}
    if minutes is not None:
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            raise InvalidInput("compute.scaling.scaleToZeroTimeout: is a number of minutes.")
        found["to_zero_after"] = minutes * MINUTE
    found = {key: value for key, value in found.items() if value is not None}
    if least == 0 and minutes is None and (now is None or now.scaling.to_zero_after is None):
        found["to_zero_after"] = ZERO_AFTER
    if isinstance(least, int) and least > 0 and minutes is None:
        found["to_zero_after"] = None
    return found | target_of(given.get("measure") or {})


def target_of(measure: Any) -> dict[str, Any]:
    if not measure:
        return {}
    if not isinstance(measure, Mapping) or set(measure) != {"pendingRequests"}:
        raise InvalidInput(
            "compute.scaling.measure: replicas come and go by pendingRequests here. Send "
            '{"pendingRequests": 2}, or leave it out.'
        )
    return {"target": measure["pendingRequests"]} if measure["pendingRequests"] is not None else {}


def with_ours(found: dict[str, Any], ours: Any) -> dict[str, Any]:
    """`tagline` says what a cloud has no word for, and wins where both say something."""
    if not isinstance(ours, Mapping):
        raise InvalidInput("tagline: must be an object of an endpoint's own fields.")
    for key, value in ours.items():
        both = isinstance(found.get(key), dict) and isinstance(value, Mapping) and key != "env"
        found[key] = {**found[key], **value} if both else value
    return found


def secrets_of(model: Body) -> dict[str, str]:
    given = model.get("secrets") or {}
    if not isinstance(given, Mapping) or not all(isinstance(v, str) for v in given.values()):
        raise InvalidInput("model.secrets: must be an object of texts.")
    return dict(given)


# What is told -----------------------------------------------------------------------------------


def told(each: Endpoint, base: str, called: float | None = None) -> dict[str, Any]:
    """An endpoint as the real client reads it. `base` is this server's address, `called` when it
    was last called, in seconds since 1970."""
    spec, now = each.spec, each.status
    name = parse(spec.model)
    status: dict[str, Any] = {
        "state": now.state,
        "message": now.reason,
        "createdAt": moment(each.created),
        "updatedAt": moment(each.updated),
        "createdBy": {"id": each.by, "name": each.by},
        "readyReplica": now.ready,
        "targetReplica": now.wanted,
        "private": None,
    }
    if now.state != "paused":
        status["url"] = base.rstrip("/") + each.path
    return {
        "name": spec.name,
        "type": TYPES[spec.access.level],
        "healthRoute": "/health",
        "provider": {"vendor": spec.engine, "region": REGION},
        "compute": compute_of(spec),
        "model": {
            "repository": name.id,
            "revision": name.revision,
            "task": spec.task,
            "framework": "custom",
            "image": {"huggingface": {}},
            "env": dict(spec.env),
            "secrets": dict.fromkeys(spec.secrets, "***"),
        },
        "status": status,
        "tags": list(spec.tags),
        "tagline": {**ours(each), "lastCall": called},
    }


def compute_of(spec: Spec) -> dict[str, Any]:
    scaling, gpus = spec.scaling, spec.hardware.gpus
    after = scaling.to_zero_after
    return {
        "accelerator": "gpu" if gpus else "cpu",
        "instanceType": spec.hardware.tier or "any",
        "instanceSize": f"x{max(1, round(gpus))}",
        "scaling": {
            "minReplica": scaling.min_replicas,
            "maxReplica": scaling.max_replicas,
            "scaleToZeroTimeout": None if after is None else max(1, round(after / MINUTE)),
            "measure": {"pendingRequests": scaling.target},
        },
    }


def ours(each: Endpoint) -> dict[str, Any]:
    replicas = [
        {"id": one.id, "state": one.state, "node": one.node, "since": moment(one.since),
         "version": one.version, "memory": one.memory, "inFlight": one.in_flight,
         "restarts": one.restarts, "reason": one.reason}
        for one in each.status.replicas
    ]  # fmt: skip
    return {
        "spec": each.spec.model_dump(mode="json"),
        "version": each.version,
        "waiting": each.status.waiting,
        "replicas": replicas,
    }


def moment(time: Any) -> str:
    """As the Hub writes times, which its client reads."""
    return str(time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
