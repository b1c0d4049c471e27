"""transformers: pipelines by tag."""

from dataclasses import dataclass
from typing import Any

from pipelines.hardware import Hardware
from pipelines.loaders.safety import refuse_pickle, refuse_remote_code
from pipelines.model import Model


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


@dataclass(frozen=True)
class Pipeline:
    """Loads `transformers.pipeline(tag)`; two tasks that name the same tag share one model."""

    tag: str

    def __call__(self, model: Model, hardware: Hardware) -> Any:
        import transformers

        check(model)
        return transformers.pipeline(
            self.tag,
            model=str(model.path),
            device=hardware.device,
            trust_remote_code=model.trusted_code,
            model_kwargs=weights(model, hardware),
        )
