"""transformers: pipelines by tag."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.hardware import Hardware
from pipelines.loaders.safety import refuse_pickle, refuse_remote_code
from pipelines.model import Model

GPU_SHARE = 0.9  # of a GPU's memory for weights; the rest is for what is computed


def check(model: Model) -> None:
    """Raises RefusedModel or MissingPackage for a model that must not, or cannot, be loaded."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    refuse_remote_code(model, model.config.get("model_type") in CONFIG_MAPPING)
    refuse_pickle(model, "*.safetensors")


def options(model: Model) -> dict[str, Any]:
    """Arguments that every `from_pretrained` of ours shares."""
    return {"trust_remote_code": model.trusted_code, "local_files_only": True}


def weights(model: Model, hardware: Hardware) -> dict[str, Any]:
    """Arguments that every `from_pretrained` of weights shares."""
    import torch

    # None takes either; False would refuse safetensors.
    safe = None if model.trusted_pickle else True
    return {"dtype": getattr(torch, hardware.dtype), "use_safetensors": safe}


def spread(hardware: Hardware) -> dict[str, Any]:
    """Arguments that lay one model over several GPUs by accelerate's device map; none for one GPU.

    The map knows the GPUs alone: what they cannot hold is refused, not left on the disk, from where
    every token would take seconds.
    """
    if len(hardware.gpus) < 2:
        return {}
    shares = {number: int(gpu.memory * GPU_SHARE) for number, gpu in enumerate(hardware.gpus)}
    return {"device_map": "auto", "max_memory": shares}


@dataclass(frozen=True)
class Pipeline:
    """Loads `transformers.pipeline(tag)`; two tasks that name the same tag share one model.

    `parts` are what it is given ready-made, such as an image processor.
    """

    tag: str
    parts: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def __call__(self, model: Model, hardware: Hardware) -> Any:
        import transformers

        check(model)
        laid = spread(hardware)
        return transformers.pipeline(
            self.tag,
            model=str(model.path),
            device=None if laid else hardware.device,
            trust_remote_code=model.trusted_code,
            **self.parts,
            model_kwargs=weights(model, hardware) | laid,
        )
