"""Say what can be heard in a recording."""

from typing import Any, Literal

from pydantic import Field

from pipelines.forms import Recording
from pipelines.kinds.outputs import Labels
from pipelines.loaders.hearing import finite, heard, long_enough
from pipelines.loaders.transformers import Pipeline
from pipelines.media import Sound
from pipelines.model import Model
from pipelines.task import Params, Task


class SoundLabelOptions(Params):
    top_k: int = Field(5, ge=1, le=1000, description="How many labels to return")
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="How logits become scores"
    )


def run(pipe: Any, inputs: list[Recording], params: SoundLabelOptions) -> list[Labels]:
    return [classify(pipe, each.audio, params) for each in inputs]


def classify(pipe: Any, sound: Sound, params: SoundLabelOptions) -> Labels:
    samples = heard(sound, pipe.feature_extractor)
    with long_enough(samples, pipe.feature_extractor.sampling_rate):
        found = pipe(samples, top_k=params.top_k, function_to_apply=params.function_to_apply)
    finite([each["score"] for each in found])
    return [{"label": each["label"], "score": each["score"]} for each in found]


def fits(model: Model) -> bool:
    """CLAP carries this tag too, but has no labels of its own."""
    return model.tag == "audio-classification" and not model.is_a("ClapModel")


TASK = Task(
    tag="audio-classification",
    summary="Say what can be heard in a recording",
    inputs=Recording,
    params=SoundLabelOptions,
    output=Labels,
    load={"transformers": Pipeline("audio-classification")},
    fits=fits,
    run=run,
    batch=True,
    default_model="MIT/ast-finetuned-audioset-10-10-0.4593",
    more_models=(
        "superb/wav2vec2-base-superb-ks",
        "superb/hubert-base-superb-er",
        "facebook/mms-lid-126",
    ),
)
