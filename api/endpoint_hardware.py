"""The hardware that there is to choose from, as huggingface_hub's `InferenceEndpointHardware` reads
it: this machine as it is, and a cluster, whose nodes are known to the cluster alone.
"""

from collections.abc import Iterable
from typing import Any

from api.endpoint_bodies import REGION
from endpoints.prices import Prices
from pipelines.hardware import Hardware

ANY = "any"


def provider(hardware: Hardware, engines: Iterable[str], prices: Prices) -> dict[str, Any]:
    """Prices are those of the table, in its `currency`."""
    vendors = [vendor(name, hardware, prices) for name in engines]
    return {"vendors": vendors, "currency": prices.currency, "source": prices.source}


def vendor(name: str, hardware: Hardware, prices: Prices) -> dict[str, Any]:
    offer = here(hardware) if name == "local" else anywhere()
    tier = offer["instanceType"]
    price = prices.per_hour.get(tier)
    compute = offer | {
        "id": f"{name}-{REGION}-{tier}-{offer['instanceSize']}",
        # The client wants a number; whether it is one of the table stands beside it.
        "pricePerHour": price or 0.0,
        "priced": price is not None,
        "status": "available",
        "quota": {"maxAccelerators": offer["numAccelerators"], "usedAccelerators": 0},
    }
    region = {"name": REGION, "label": "This machine", "status": "available", "computes": [compute]}
    return {"name": name, "status": "available", "regions": [region]}


def here(hardware: Hardware) -> dict[str, Any]:
    gpus = len(hardware.gpus)
    return {
        "accelerator": "gpu" if gpus else "cpu",
        "instanceType": hardware.tier,
        "instanceSize": f"x{max(1, gpus)}",
        "architecture": hardware.reason,
        "numAccelerators": gpus or 1,
        "numCpus": hardware.threads,
        "memoryGb": round(hardware.memory / 1e9, 1),
        "gpuMemoryGb": round(sum(each.memory for each in hardware.gpus) / 1e9) if gpus else None,
    }


def anywhere() -> dict[str, Any]:
    return {
        "accelerator": "cpu",
        "instanceType": ANY,
        "instanceSize": "x1",
        "architecture": "As the cluster has it",
        "numAccelerators": 1,
        "numCpus": None,
        "memoryGb": 0,
        "gpuMemoryGb": None,
    }
