"""Ray's words for where an application stands, in ours.

Source: ApplicationStatus, DeploymentStatus and ReplicaState of `ray.serve`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from endpoints.engines import Deployment
from endpoints.ray.application import least
from endpoints.status import Replica, ReplicaState, State, Status

REPLICAS: Mapping[str, ReplicaState] = {
    "STARTING": "starting",
    "UPDATING": "restarting",
    "RECOVERING": "restarting",
    "RUNNING": "running",
    "STOPPING": "leaving",
    "PENDING_MIGRATION": "leaving",
}
MOST = 600  # characters of a reason
OURS = re.compile(r"pipelines\.errors\.\w+: (.+)")  # an error of ours in a traceback
Memory = Mapping[str, int]  # replica -> bytes, as far as replicas told


def status(
    app: Mapping[str, Any] | None, deployment: Deployment, memory: Memory, before: Status | None
) -> Status:
    """Of the application in Ray's details, None where there is none. `before` is what it was at
    the last look: while Ray reads a new version it does not tell of the replicas of the old one,
    which go on."""
    if app is None:
        return absent(deployment)
    if before and before.ready and not app.get("deployments") and is_coming(app):
        return replace(before, state="updating", reason="")
    parts = list((app.get("deployments") or {}).values())
    replicas = tuple(replica(each, memory) for part in parts for each in part.get("replicas", []))
    wanted = sum(part.get("target_num_replicas", 0) for part in parts)
    state, reason = state_of(app, parts, replicas, wanted)
    return Status(state, reason, shown(replicas), wanted=wanted)


def is_coming(app: Mapping[str, Any]) -> bool:
    return app.get("status") in ("DEPLOYING", "NOT_STARTED")


def absent(deployment: Deployment) -> Status:
    if deployment.model is None:
        return Status("pending", "Its model is looked for, and downloaded if it must be.")
    least_wanted = least(deployment.spec.scaling, deployment.asleep)
    return Status("pending", "Ray has not begun with it yet.", wanted=least_wanted)


def state_of(
    app: Mapping[str, Any],
    parts: list[Mapping[str, Any]],
    replicas: tuple[Replica, ...],
    wanted: int,
) -> tuple[State, str]:
    ready = sum(each.state == "running" for each in replicas)
    reason = reason_of([app, *parts])
    said = str(app.get("status"))
    if said == "DEPLOY_FAILED":
        if ready:
            return "updateFailed", f"{reason} The version before goes on.".strip()
        return "failed", reason
    if is_coming(app):
        return ("updating", reason) if ready else ("initializing", reason)
    if said == "DELETING":
        return "pending", "It is being taken down."
    if ready:
        return "running", reason if said == "UNHEALTHY" else ""
    if not wanted and said == "RUNNING":
        return "scaledToZero", "The next call wakes it."
    return "initializing", reason


def reason_of(parts: Iterable[Mapping[str, Any]]) -> str:
    """What is wrong in one sentence: our own where it is ours, else the first of what Ray says; of
    a traceback the last."""
    said = [str(part.get("message") or "").strip() for part in parts]
    for text in said:
        if found := OURS.findall(text):
            return str(found[-1])[:MOST]
    text = next(filter(None, reversed(said)), "")
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return lines[-1 if "Traceback" in text else 0][:MOST]


def replica(found: Mapping[str, Any], memory: Memory) -> Replica:
    id = str(found["replica_id"])
    return Replica(
        id=id,
        state=REPLICAS.get(str(found.get("state")), "failed"),
        node=str(found.get("node_ip") or found.get("node_id") or "no node yet"),
        since=datetime.fromtimestamp(found.get("start_time_s") or 0, UTC),
        memory=memory.get(id, 0),
    )


def shown(replicas: Iterable[Replica]) -> tuple[Replica, ...]:
    return tuple(sorted(replicas, key=lambda each: (each.since, each.id)))
