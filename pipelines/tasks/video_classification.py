"""Say what happens in a video."""

from typing import Literal

from pydantic import Field

from pipelines.forms import Footage
from pipelines.kinds.outputs import Labels
from pipelines.loaders import watching
from pipelines.loaders.classifier import applied, sorted_labels
from pipelines.loaders.seeing import number
from pipelines.loaders.watching import Watcher, sampled
from pipelines.model import Model
from pipelines.task import Params, Task


class VideoLabelOptions(Params):
    top_k: int = Field(5, ge=1, le=1000, description="How many labels to return")
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="How logits become scores"
    )
    num_frames: int | None = Field(
        None, ge=1, le=1000, description="How many frames to look at; as many as in training"
    )
    frame_sampling_rate: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Look at every so many frames from the start, not at the whole evenly",
    )


def run(pipe: Watcher, inputs: list[Footage], params: VideoLabelOptions) -> list[Labels]:
    return [classify(pipe, each, params) for each in inputs]


def classify(pipe: Watcher, row: Footage, params: VideoLabelOptions) -> Labels:
    count = params.num_frames or pipe.usual
    logits = pipe.logits(sampled(row.video, count, params.frame_sampling_rate)).numpy()
    config = pipe.model.config
    scores = applied(params.function_to_apply or usual_function(config.problem_type), logits)
    number(scores.sum())
    names = [str(config.id2label[at]) for at in range(len(scores))]
    return sorted_labels(names, scores)[: params.top_k]


def usual_function(problem: str | None) -> str:
    """What transformers applies to the scores of a video."""
    known = {"regression": "none", "multi_label_classification": "sigmoid"}
    return known.get(problem or "", "softmax")


def fits(model: Model) -> bool:
    named = not model.architectures or model.is_a("ForVideoClassification")
    return model.tag == TASK.tag and named


TASK = Task(
    tag="video-classification",
    summary="Say what happens in a video",
    inputs=Footage,
    params=VideoLabelOptions,
    output=Labels,
    load={"transformers": watching.load},
    fits=fits,
    run=run,
    batch=True,
    default_model="MCG-NJU/videomae-base-finetuned-kinetics",
    more_models=("google/vivit-b-16x2-kinetics400", "facebook/timesformer-base-finetuned-k400"),
)
