"""Turn a picture into a vector."""

from typing import Any

from pydantic import Field

from pipelines import media
from pipelines.forms import Picture
from pipelines.hardware import Hardware
from pipelines.kinds.outputs import Vector
from pipelines.loaders.seeing import fit_to_see
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.task import Params, Task


class FeatureOptions(Params):
    pool: bool = Field(True, description="One vector; off gives the whole last hidden state")


def load(model: Model, hardware: Hardware) -> Any:
    """The body alone, without a pooler that the checkpoint has no weights for: it would be random,
    as with classifiers that never had one."""
    import transformers

    check(model)
    body, report = transformers.AutoModel.from_pretrained(
        model.path, output_loading_info=True, **options(model), **weights(model, hardware)
    )
    if any(key.startswith("pooler.") for key in report["missing_keys"]):
        body.pooler = None
    return transformers.pipeline(
        "image-feature-extraction",
        model=body,
        image_processor=str(model.path),
        device=hardware.device,
    )


def run(pipe: Any, inputs: list[Picture], params: FeatureOptions) -> list[Vector]:
    return [features(pipe, each.image, params.pool) for each in inputs]


def features(pipe: Any, image: media.Picture, pool: bool) -> Vector:
    """The model's pooled output, else the mean of its last hidden states over positions."""
    import torch

    picture = image.decode()
    with torch.inference_mode(), fit_to_see(picture):
        out = pipe.forward(pipe.preprocess(picture))
        if not pool:
            state: list[Any] = out["last_hidden_state"].float().tolist()
            return state
        pooled = out.get("pooler_output")
        pooled = mean(out["last_hidden_state"]) if pooled is None else pooled
        vector: list[Any] = pooled.flatten().float().tolist()
        return vector


def mean(state: Any) -> Any:
    """(1, positions, width) of a transformer, or (1, width, rows, columns) of a convolution."""
    return state.mean(dim=1) if state.ndim == 3 else state.mean(dim=(2, 3))


def fits(model: Model) -> bool:
    """Any picture classifier has a body that gives features."""
    return model.tag in ("image-feature-extraction", "image-classification")


TASK = Task(
    tag="image-feature-extraction",
    summary="Turn a picture into a vector",
    inputs=Picture,
    params=FeatureOptions,
    output=Vector,
    load={"transformers": load},
    fits=fits,
    run=run,
    default_model="google/vit-base-patch16-224-in21k",
)
