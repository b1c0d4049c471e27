"""Turn a picture into a vector."""

from typing import Any

from pydantic import Field

from pipelines.forms import Picture
from pipelines.hardware import Hardware
from pipelines.kinds.outputs import Vector
from pipelines.loaders.glances import TOGETHER, glances
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.task import Params, Task

STATE, POOLED = "last_hidden_state", "pooler_output"


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
    outputs = glances(pipe, [each.image for each in inputs], (STATE, POOLED))
    return [features(each, params.pool) for each in outputs]


def features(output: dict[str, Any], pool: bool) -> Vector:
    """The model's pooled output, else the mean of its last hidden states over positions."""
    if not pool:
        state: list[Any] = output[STATE].float().tolist()
        return state
    pooled = mean(output[STATE]) if output[POOLED] is None else output[POOLED]
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
    together=TOGETHER,
    default_model="google/vit-base-patch16-224-in21k",
)
