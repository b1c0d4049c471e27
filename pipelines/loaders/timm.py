"""timm: picture models that transformers wraps, where timm and torchvision are installed."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from pipelines.errors import MissingPackage
from pipelines.hardware import Hardware
from pipelines.loaders.safety import refuse_pickle
from pipelines.loaders.transformers import weights
from pipelines.model import Model

PACKAGES = ("timm", "torchvision")


@dataclass(frozen=True)
class Wrapped:
    """Loads a timm folder as `load` would any other; its config.json names no model type of
    transformers, which knows it by its `architecture` and `pretrained_cfg`.

    Raises MissingPackage.
    """

    tag: str

    def __call__(self, model: Model, hardware: Hardware) -> Any:
        import transformers

        check(model)
        return transformers.pipeline(
            self.tag,
            model=str(model.path),
            device=hardware.device,
            model_kwargs=weights(model, hardware),
        )


def check(model: Model) -> None:
    """Raises MissingPackage without the packages, RefusedModel for a pickle."""
    if lacking := [name for name in PACKAGES if find_spec(name) is None]:
        raise MissingPackage(
            f"{model.id} is a timm model, and needs {' and '.join(PACKAGES)}; not installed: "
            f"{', '.join(lacking)}. Install with: pip install {' '.join(lacking)}. Then load the "
            "model again."
        )
    refuse_pickle(model, "*.safetensors")
