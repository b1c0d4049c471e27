"""Say what is in a picture."""

from typing import Any, Literal

from pydantic import Field

from pipelines.forms import Picture
from pipelines.kinds import Labels
from pipelines.loaders.transformers import Pipeline
from pipelines.task import Params, Task


class LabelOptions(Params):
    top_k: int = Field(5, ge=1, le=1000, description="How many labels to return")
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="How logits become scores"
    )


def run(pipe: Any, inputs: list[Picture], params: LabelOptions) -> list[Labels]:
    pictures = [each.image.decode() for each in inputs]
    found = pipe(pictures, top_k=params.top_k, function_to_apply=params.function_to_apply)
    return [[{"label": each["label"], "score": each["score"]} for each in one] for one in found]


TASK = Task(
    tag="image-classification",
    summary="Say what is in a picture",
    inputs=Picture,
    params=LabelOptions,
    output=Labels,
    load={"transformers": Pipeline("image-classification")},
    run=run,
    batch=True,
    default_model="google/vit-base-patch16-224",
)
