"""Find the parts of a picture, pixel by pixel."""

from typing import Any, Literal

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.forms import Picture
from pipelines.kinds.outputs import Masks
from pipelines.loaders import segmentation
from pipelines.loaders.seeing import Exact
from pipelines.pictures import written
from pipelines.task import Params, Task

SCORED = ("threshold", "mask_threshold", "overlap_mask_area_threshold")


class SegmentationOptions(Params):
    subtask: Literal["panoptic", "instance", "semantic"] | None = Field(
        None, description="Every thing apart, or every class as one; the model's own if not said"
    )
    threshold: float = Field(0.9, ge=0, le=1, description="Least score of a part")
    mask_threshold: float = Field(
        0.5, ge=0, le=1, description="From which probability a pixel belongs to a part"
    )
    overlap_mask_area_threshold: float = Field(
        0.5, ge=0, le=1, description="Least share of a part that others must leave of it"
    )


def run(pipe: Any, inputs: list[Picture], params: SegmentationOptions) -> list[Masks]:
    given = wanted(pipe, params)
    return [segmentation.segment(pipe, each.image.decode(), given) for each in inputs]


def wanted(pipe: Any, params: SegmentationOptions) -> dict[str, Any]:
    """What the pipeline is told. Classes of pixels have no score to set a threshold for."""
    subtask = segmentation.check_subtask(pipe, params.subtask)
    scores = {name: getattr(params, name) for name in SCORED}
    if subtask != "semantic":
        return {"subtask": subtask, **scores}
    changed = [name for name in SCORED if scores[name] != type(params).model_fields[name].default]
    if changed:
        raise InvalidInput(
            f"parameters.{changed[0]} has no meaning where each pixel has one class and no score, "
            "as in semantic segmentation. Leave it out."
        )
    return {"subtask": subtask}


TASK = Task(
    tag="image-segmentation",
    summary="Find the parts of a picture, pixel by pixel",
    inputs=Picture,
    params=SegmentationOptions,
    output=Masks,
    load={"transformers": Exact(segmentation.load)},
    run=run,
    shape=written,
    batch=True,
    default_model="nvidia/segformer-b0-finetuned-ade-512-512",
    more_models=("facebook/mask2former-swin-tiny-coco-panoptic",
                 "mattmdjaga/segformer_b2_clothes"),
)  # fmt: skip
