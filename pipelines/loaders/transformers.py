"""transformers: pipelines by tag."""

from dataclasses import dataclass
from typing import Any

from pipelines.hardware import Hardware
from pipelines.loaders.safety import reading, refuse_pickle, refuse_remote_code
from pipelines.model import Model


def check(model: Model) -> None:
    """Raises RefusedModel or MissingPackage for a model that must not, or cannot, be loaded."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    refuse_remote_code(model, model.config.get("model_type") in CONFIG_MAPPING)
    refuse_pickle(model, "*.safetensors")


def options(model: Model, hardware: Hardware) -> dict[str, Any]:
    """Arguments that every `from_pretrained` of ours shares."""
    import torch

    return {
        "dtype": getattr(torch, hardware.dtype),
        "trust_remote_code": model.trusted_code,
        "local_files_only": True,
    }


@dataclass(frozen=True)
class Pipeline:
    """Loads `transformers.pipeline(tag)`; two tasks that name the same tag share one model."""

    tag: str

    def __call__(self, model: Model, hardware: Hardware) -> Any:
        import transformers

        with reading(model):
            check(model)
            given = options(model, hardware)
            return transformers.pipeline(
                self.tag,
                model=str(model.path),
                device=hardware.device,
                dtype=given["dtype"],
                trust_remote_code=given["trust_remote_code"],
                model_kwargs={"use_safetensors": not model.trusted_pickle},
            )
