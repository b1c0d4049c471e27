"""Say what is in a picture."""

from typing import Any, Literal

from pydantic import Field

from pipelines.forms import Picture
from pipelines.kinds.outputs import Labels
from pipelines.loaders.glances import TOGETHER, glances
from pipelines.loaders.seeing import number
from pipelines.loaders.timm import Wrapped
from pipelines.loaders.transformers import Pipeline
from pipelines.model import Model
from pipelines.task import Params, Task


class LabelOptions(Params):
    top_k: int = Field(5, ge=1, le=1000, description="How many labels to return")
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="How logits become scores"
    )


def run(pipe: Any, inputs: list[Picture], params: LabelOptions) -> list[Labels]:
    return [
        labels(pipe, output, params)
        for output in glances(pipe, [each.image for each in inputs], ("logits",))
    ]


def labels(pipe: Any, output: dict[str, Any], params: LabelOptions) -> Labels:
    """By transformers' own rules for what the model says of one picture."""
    asked = {"top_k": params.top_k, "function_to_apply": params.function_to_apply}
    _, _, chosen = pipe._sanitize_parameters(**asked)
    found = pipe.postprocess(output, **chosen)
    return [{"label": str(each["label"]), "score": number(each["score"])} for each in found]


def fits(model: Model) -> bool:
    """A model without a head of labels would answer by random weights; timm's folders name no
    class of transformers."""
    named = not model.architectures or any(
        "ForImageClassification" in n for n in model.architectures
    )
    return model.tag == TASK.tag and named


TASK = Task(
    tag="image-classification",
    summary="Say what is in a picture",
    inputs=Picture,
    params=LabelOptions,
    output=Labels,
    load={
        "transformers": Pipeline("image-classification"),
        "timm": Wrapped("image-classification"),
    },
    fits=fits,
    run=run,
    batch=True,
    together=TOGETHER,
    default_model="google/vit-base-patch16-224",
    more_models=("microsoft/resnet-50", "facebook/convnext-tiny-224"),
)
