"""The fields of an endpoint as flags of the command line, and as the server takes them."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from typing import Any, get_args

from endpoints.spec import Acceleration, Dtype
from pipelines.errors import InvalidInput

NOT_GIVEN = object()  # since None is "never"


def fields(parser: ArgumentParser) -> None:
    """What an endpoint may be; each that is left out is left as it is."""
    parser.add_argument("--task", help="pipeline tag (default: the model's own)")
    parser.add_argument("--engine", choices=["local", "ray"], help="(default: local)")
    parser.add_argument("--access", choices=["public", "protected", "private"],
                        help="who may call (default: protected)")  # fmt: skip
    parser.add_argument("--network", action="append", metavar="NETWORK",
                        help="that may call a private one, as in 10.0.0.0/8")  # fmt: skip
    parser.add_argument("--interface", metavar="ADDRESS",
                        help="of this machine, whose network may call a private one")  # fmt: skip
    parser.add_argument("--min-replicas", type=int, metavar="N")
    parser.add_argument("--max-replicas", type=int, metavar="N")
    parser.add_argument("--target", type=float, metavar="N", help="calls at a time per replica")
    parser.add_argument("--to-zero-after", type=seconds, metavar="SECONDS", default=NOT_GIVEN,
                        help="without a call; never by default, or: never")  # fmt: skip
    parser.add_argument("--gpus", type=float, metavar="N", help="of each replica")
    parser.add_argument("--cpus", type=float, metavar="N", help="of each replica")
    parser.add_argument("--memory-gb", type=float, metavar="GB", help="kept for each replica")
    parser.add_argument("--tier", help="flavour of a replica's hardware, as in t4-small")
    parser.add_argument("--label", action="append", type=pair, metavar="NAME=VALUE",
                        help="that a cluster's node must have")  # fmt: skip
    parser.add_argument("--dtype", choices=get_args(Dtype))
    parser.add_argument("--acceleration", choices=get_args(Acceleration),
                        help="faster ways to run it (default: as the server is set)")  # fmt: skip
    parser.add_argument("--max-batch", type=int, metavar="N", help="inputs of one run of the model")
    parser.add_argument("--max-waiting", type=int, metavar="N", help="calls in line")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="of one call")
    parser.add_argument("--env", action="append", type=pair, metavar="NAME=VALUE")
    parser.add_argument("--secret", action="append", metavar="NAME",
                        help="whose value is read from the variable of that name")  # fmt: skip
    parser.add_argument("--tag", action="append", metavar="TAG")


def seconds(text: str) -> float | None:
    try:
        return None if text == "never" else float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no number of seconds. Write 900, or never.") from None


def pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ArgumentTypeError(f"{text!r}: write NAME=VALUE.")
    return name, value


def body(asked: Namespace) -> dict[str, Any]:
    """The fields that were given, in the words of `/v2`."""
    scaling = {
        "min_replicas": asked.min_replicas, "max_replicas": asked.max_replicas,
        "target": asked.target,
    }  # fmt: skip
    hardware = {
        "gpus": asked.gpus, "cpus": asked.cpus, "memory_gb": asked.memory_gb, "tier": asked.tier,
        "labels": dict(asked.label) if asked.label else None,
    }  # fmt: skip
    access = {"level": asked.access, "networks": asked.network, "interface": asked.interface}
    ours: dict[str, Any] = {
        "model": asked.model, "task": asked.task, "engine": asked.engine, "dtype": asked.dtype,
        "acceleration": asked.acceleration, "max_batch": asked.max_batch,
        "max_waiting": asked.max_waiting, "timeout": asked.timeout,
        "env": dict(asked.env) if asked.env else None,
        "tags": asked.tag, "scaling": given(scaling) or None,
        "hardware": given(hardware) or None,
        "access": given(access) or None,
    }  # fmt: skip
    ours = given(ours)
    if asked.to_zero_after is not NOT_GIVEN:
        ours.setdefault("scaling", {})["to_zero_after"] = asked.to_zero_after
    found: dict[str, Any] = {"tagline": ours}
    if asked.secret:
        found["model"] = {"secrets": {name: secret(name) for name in asked.secret}}
    return found


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def secret(name: str) -> str:
    """From the environment: what is typed stands in the shell's history."""
    if name not in os.environ:
        raise InvalidInput(f"--secret {name}: set a variable {name} to its value first.")
    return os.environ[name]
