"""An endpoint as an application of Ray Serve, in the words of Ray's ServeApplicationSchema."""

import math
import re
from collections.abc import Mapping
from typing import Any

from endpoints.ray.arguments import Arguments
from endpoints.spec import Hardware, Scaling, Spec
from pipelines.errors import InvalidInput
from pipelines.tiers import GPU_TIERS, names_gpu

PREFIX = "ep-"  # of our applications; all others on the cluster are somebody else's
IMPORT = "endpoints.replica:build"
DEPLOYMENT = "Endpoint"
CPU_TIERS = {"cpu-basic": 2, "cpu-upgrade": 8}
UP_SECONDS, DOWN_SECONDS = 2.0, 60.0  # before replicas come, and go
SLEEP_SECONDS = 5.0  # without a call, for one that is to sleep: what wakes it is one
RETRY_SECONDS = 2
# Source: `ray._private.label_utils`.
WORD = "[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?"
PART = WORD.replace(".", "")  # or a name that does not fit is tried in all ways to cut it
LABEL = re.compile(rf"(?:(?=.{{1,253}}/){PART}(?:\.{PART})*/)?{WORD}")
CHOICE = re.compile(rf"(?:!?(?:{WORD}|(?:in)?\({WORD}(?:, ?{WORD})*\)))?")

Application = dict[str, Any]


def name_of(endpoint: str) -> str:
    return PREFIX + endpoint


def application(spec: Spec, args: Arguments, asleep: bool = False) -> Application:
    """All of it but the values of its secrets, which are in `args.sealed` if anywhere."""
    name = name_of(spec.name)
    return {
        "name": name,
        "route_prefix": f"/{name}",
        "import_path": IMPORT,
        "args": args.plain(),
        "logging_config": {"encoding": "JSON"},
        "deployments": [deployment(spec, asleep)],
    }


def deployment(spec: Spec, asleep: bool) -> Mapping[str, Any]:
    """With `max_surge_percent` a new replica comes before an old one goes, so that one replica is
    enough for an update without a pause; a node needs room for both."""
    return {
        "name": DEPLOYMENT,
        "max_ongoing_requests": most_at_work(spec.scaling),
        "max_queued_requests": spec.max_waiting,
        "backpressure_config": {"status_code": 429, "retry_after_s": RETRY_SECONDS},
        "max_surge_percent": 100,
        "graceful_shutdown_timeout_s": min(spec.timeout, 600.0),
        "health_check_period_s": 5.0,
        "health_check_timeout_s": 30.0,
        "autoscaling_config": autoscaling(spec.scaling, asleep),
        "ray_actor_options": actor(spec.hardware),
    }


def most_at_work(scaling: Scaling) -> int:
    """Calls that one replica holds: the one that it works on, and enough in line behind it."""
    return max(4, math.ceil(2 * scaling.target))


def least(scaling: Scaling, asleep: bool = False) -> int:
    if asleep or (scaling.min_replicas == 0 and scaling.to_zero_after is not None):
        return 0
    return max(1, scaling.min_replicas)


def autoscaling(scaling: Scaling, asleep: bool) -> Mapping[str, Any]:
    """`metrics_interval_s` is that small since a call that wakes an endpoint waits for the next
    report: up to 10 s by Ray's default. It must be less than `look_back_period_s`."""
    fewest = least(scaling, asleep)
    config = {
        "min_replicas": fewest,
        "initial_replicas": 0 if asleep else max(1, fewest),
        "max_replicas": scaling.max_replicas,
        "target_ongoing_requests": scaling.target,
        "metrics_interval_s": 1.0,
        "look_back_period_s": 3.0,
        "upscale_delay_s": UP_SECONDS,
        "downscale_delay_s": DOWN_SECONDS,
    }
    if fewest:
        return config
    return config | {
        "downscale_to_zero_delay_s": SLEEP_SECONDS if asleep else scaling.to_zero_after
    }


def actor(hardware: Hardware) -> Mapping[str, Any]:
    """What a replica asks of a node. Raises InvalidInput for a tier that Ray cannot tell."""
    kind, gpus = accelerator(hardware.tier)
    options: dict[str, Any] = {
        "num_cpus": hardware.cpus or CPU_TIERS.get(hardware.tier or "", 1),
        "num_gpus": hardware.gpus or gpus,
    }
    if kind:
        options["accelerator_type"] = kind
    if hardware.memory_gb:
        options["memory"] = hardware.memory
    if hardware.labels:
        options["label_selector"] = dict(hardware.labels)
    return options


def check_labels(labels: Mapping[str, str]) -> None:
    """Raises InvalidInput for a label that Ray refuses: with it Ray would refuse all applications,
    since they are put as one."""
    for name, value in labels.items():
        if not (LABEL.fullmatch(name) and CHOICE.fullmatch(value)):
            raise InvalidInput(
                f"hardware.labels: Ray takes no label {name[:80]}={value[:80]}. Write letters, "
                "digits, - _ and . as in hw=big, hw=!small or zone=in(a, b)."
            )


def accelerator(tier: str | None) -> tuple[str, int]:
    """The type of GPU, as Ray calls it, and how many make a tier; none for one of CPUs."""
    for family, rows in GPU_TIERS.items():
        for count, _, flavour in rows:
            if flavour == tier:
                return family.replace(" ", "-"), count
    if tier and names_gpu(tier):
        raise InvalidInput(
            f"hardware.tier: Ray has no name for {tier}. Leave the tier out, and ask for gpus and "
            "labels instead."
        )
    return "", 0
