"""How a diffusion model goes from noise to a picture: its own scheduler, or one that fits as well.

Source: `KarrasDiffusionSchedulers` of diffusers 0.42, without EDMEulerScheduler, which wants
another noise, and DPMSolverSDEScheduler, which needs the package torchsde.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.model import Model

KARRAS = (
    "DDIMScheduler",
    "DDPMScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "UniPCMultistepScheduler",
)


def fitting(own: str) -> tuple[str, ...]:
    """The schedulers that may take the place of a model's own, itself among them."""
    return KARRAS if own in KARRAS else (own,)


def choices(model: Model) -> dict[str, tuple[str, ...]]:
    """What the page offers for a model, told by its model_index.json."""
    named = model.config.get("scheduler")
    own = named[1] if isinstance(named, list) and len(named) == 2 else None
    return {"scheduler": fitting(own)} if isinstance(own, str) else {}


@contextmanager
def scheduled(pipe: Any, name: str | None) -> Iterator[None]:
    """`pipe` with the scheduler `name` inside. Raises InvalidInput for one that does not fit."""
    import diffusers

    own = getattr(pipe, "scheduler", None)
    if name is None:
        yield
        return
    offered = fitting(type(own).__name__) if own is not None else ()
    if name not in offered:
        raise InvalidInput(
            f"parameters.scheduler: this model does not go with {name[:60]!r}; it takes: "
            f"{', '.join(offered) or 'none'}."
        )
    pipe.scheduler = getattr(diffusers, name).from_config(own.config)  # type: ignore[union-attr]
    try:
        yield
    finally:
        pipe.scheduler = own
