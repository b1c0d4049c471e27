"""The call of huggingface_hub that starts an Inference Endpoint of a model.

Source: `HfApi.create_inference_endpoint`, and the instances and prices in the documentation of
Inference Endpoints, as of August 2026; `HfApi().list_inference_endpoints_hardware()` tells today's.
"""

import json
from dataclasses import dataclass
from typing import Any

from deploy.flavours import GB
from deploy.names import label
from deploy.plan import Plan
from pipelines.errors import InvalidInput
from pipelines.models.names import is_id
from pipelines.tiers import names_gpu

VENDOR = "aws"
REGIONS = ("us-east-1", "eu-west-1")
TYPES = ("authenticated", "public", "private")
OWNER = "YOUR_NAME"  # whoever runs the code puts his own there
SHORTEST, LONGEST = 4, 32  # characters of an endpoint's name
# What Hugging Face's own images load without a handler.
LIBRARIES = ("transformers", "diffusers", "sentence-transformers")
# Each as (memory in GB, of the GPUs where it has some; type; size), from the cheapest on.
CPUS = tuple((2 * size, "intel-spr", f"x{size}") for size in (1, 2, 4, 8, 16))
GPUS = (
    (16, "nvidia-t4", "x1"), (24, "nvidia-l4", "x1"), (48, "nvidia-l40s", "x1"),
    (80, "nvidia-a100", "x1"), (96, "nvidia-l4", "x4"), (160, "nvidia-a100", "x2"),
    (192, "nvidia-l40s", "x4"), (320, "nvidia-a100", "x4"), (640, "nvidia-a100", "x8"),
)  # fmt: skip
SPARE = 0.1  # of the memory, for what answers need while they are computed
LIBRARIES_TAKE = GB  # bytes of main memory
CODE = '''"""Starts an Inference Endpoint, which costs money while it runs.

The token comes from HF_TOKEN, or from `hf auth login`.
"""

from huggingface_hub import HfApi

endpoint = HfApi().create_inference_endpoint(
{arguments}
)
print(endpoint.name, endpoint.status)
'''


@dataclass(frozen=True)
class Choice:
    """What a caller may choose; `repository` is his own with the handler in it."""

    repository: str | None = None
    region: str = REGIONS[0]
    type: str = TYPES[0]


@dataclass(frozen=True)
class Endpoint:
    """The arguments of the call, and the code that makes it."""

    arguments: dict[str, Any]

    @property
    def code(self) -> str:
        name, *others = self.arguments.items()
        rows = [f"    {literal(name[1])},", *(f"    {k}={literal(v)}," for k, v in others)]
        return CODE.format(arguments="\n".join(rows))


def literal(value: str | int) -> str:
    """As Python writes it: a text in ASCII between double quotes, which JSON has in common."""
    return json.dumps(value)


def of_handler(plan: Plan, choice: Choice | None = None) -> Endpoint:
    """For a repository with the exported handler in it. Raises InvalidInput."""
    chosen = checked(choice or Choice())
    repository = chosen.repository or f"{OWNER}/{label(plan.model.id)}-endpoint"
    return Endpoint(
        {"name": named(plan), "repository": repository, "framework": "custom"}
        | common(plan, chosen)
    )


def of_hub(plan: Plan, choice: Choice | None = None) -> Endpoint | None:
    """For the model as it stands on the Hub, run by Hugging Face's own image; None where it is not
    there, or needs a handler. Raises InvalidInput."""
    chosen = checked(choice or Choice())
    if plan.commit is None or plan.model.library not in LIBRARIES:
        return None
    return Endpoint(
        {
            "name": named(plan),
            "repository": plan.model.id,
            "revision": plan.commit,
            "framework": "pytorch",
            "task": plan.task.tag,
        }
        | common(plan, chosen)
    )


def named(plan: Plan) -> str:
    name = label(plan.model.id, LONGEST)
    return name if len(name) >= SHORTEST else f"{name}-endpoint"


def common(plan: Plan, chosen: Choice) -> dict[str, Any]:
    """Where it runs, who may call it, and that it costs nothing while nobody does."""
    gpu = names_gpu(plan.flavour)
    type_, size = instance(plan.need, gpu)
    return {
        "accelerator": "gpu" if gpu else "cpu",
        "vendor": VENDOR,
        "region": chosen.region,
        "instance_type": type_,
        "instance_size": size,
        "type": chosen.type,
        "min_replica": 0,
        "max_replica": 1,
        "scale_to_zero_timeout": 15,
    }


def instance(need: int, gpu: bool) -> tuple[str, str]:
    """The type and the size of the cheapest instance with room for a model of `need` bytes; the
    largest where none has."""
    known, libraries = (GPUS, 0) if gpu else (CPUS, LIBRARIES_TAKE)
    fitting = [row for row in known if row[0] * GB * (1 - SPARE) - libraries >= need]
    _, type_, size = (fitting or known[-1:])[0]
    return type_, size


def checked(choice: Choice) -> Choice:
    if choice.repository is not None and not is_id(choice.repository):
        raise InvalidInput(
            f"repository: {choice.repository[:80]!r} is no repository of the Hub. Write it as in "
            "your-name/your-model."
        )
    for name, value, known in (
        ("region", choice.region, REGIONS),
        ("type", choice.type, TYPES),
    ):
        if value not in known:
            raise InvalidInput(f"{name}: {value[:80]!r} is none of {', '.join(known)}.")
    return choice
