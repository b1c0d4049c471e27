"""Find things in a picture, each in its box."""

from typing import Any

from pydantic import Field

from pipelines.forms import Picture
from pipelines.kinds.outputs import Boxes
from pipelines.loaders.seeing import Exact, best_first, detection, fit_to_see
from pipelines.loaders.transformers import Pipeline
from pipelines.media import Picture as Encoded
from pipelines.task import Params, Task


class DetectionOptions(Params):
    threshold: float = Field(
        0.5, ge=0, le=1, description="Least score of what is shown; lower finds more"
    )


def run(pipe: Any, inputs: list[Picture], params: DetectionOptions) -> list[Boxes]:
    return [detect(pipe, each.image, params.threshold) for each in inputs]


def detect(pipe: Any, picture: Encoded, threshold: float) -> Boxes:
    image = picture.decode()
    with fit_to_see(image):
        found = pipe(image, threshold=threshold)
    return best_first(
        detection(str(each["label"]), each["score"], each["box"].values(), image) for each in found
    )


TASK = Task(
    tag="object-detection",
    summary="Find things in a picture, each in its box",
    inputs=Picture,
    params=DetectionOptions,
    output=Boxes,
    load={"transformers": Exact(Pipeline("object-detection"))},
    run=run,
    batch=True,
    default_model="hustvl/yolos-tiny",
    more_models=("PekingU/rtdetr_v2_r18vd", "facebook/detr-resnet-50"),
)
