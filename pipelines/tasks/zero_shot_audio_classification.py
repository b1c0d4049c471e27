"""Sort a recording into labels of your own, without training."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from pipelines.forms import Recording, Template, fill, labels_as_input
from pipelines.kinds.inputs import Names
from pipelines.kinds.outputs import Labels
from pipelines.loaders.classifier import sorted_labels
from pipelines.loaders.hearing import finite, heard, long_enough
from pipelines.loaders.lengths import labels_read
from pipelines.loaders.transformers import Pipeline
from pipelines.model import Model
from pipelines.reading import Body
from pipelines.task import Params, Task

BATCH = 32  # texts that the model reads at once


class SoundAndLabels(Recording):
    candidate_labels: Annotated[
        Names,
        Field(
            description="Labels to choose from, separated by commas",
            examples=[["a person speaking", "a dog barking", "music"]],
        ),
    ]


class ZeroShotSoundOptions(Params):
    hypothesis_template: Template = Field(
        "This is a sound of {}.", description="A sentence with {} where the label goes"
    )


def tidy(body: Body) -> Body:
    return labels_as_input(body, "audio")


def run(pipe: Any, inputs: list[SoundAndLabels], params: ZeroShotSoundOptions) -> list[Labels]:
    return [sort(pipe, each, params) for each in inputs]


def sort(pipe: Any, row: SoundAndLabels, params: ZeroShotSoundOptions) -> Labels:
    """Softmax over the labels of how near each filled template is to the recording."""
    import torch

    samples, rate = heard(row.audio, pipe.feature_extractor), pipe.feature_extractor.sampling_rate
    texts = [fill(params.hypothesis_template, label) for label in row.candidate_labels]
    with torch.inference_mode(), long_enough(samples, rate):
        sound = pipe.feature_extractor(samples, sampling_rate=rate, return_tensors="pt")
        given = pipe.ensure_tensor_on_device(**sound.to(pipe.model.dtype))
        near = pipe.model.get_audio_features(**given).pooler_output @ vectors(pipe, texts).T
        logits = near[0] * pipe.model.logit_scale_a.exp()
    scores = logits.float().softmax(dim=0).cpu().numpy()
    finite(scores.tolist())
    return sorted_labels(row.candidate_labels, scores)


def vectors(pipe: Any, texts: Sequence[str]) -> Any:
    """A tensor of shape (texts, numbers), made of a few texts at a time: memory grows with them."""
    import torch

    batches = [tokens(pipe, texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    made = [
        pipe.model.get_text_features(**pipe.ensure_tensor_on_device(**batch)).pooler_output
        for batch in batches
    ]
    return torch.cat(made)


def tokens(pipe: Any, texts: Sequence[str]) -> dict[str, Any]:
    """The texts as one batch, cut where the model has no more positions."""
    return labels_read(pipe.tokenizer, texts, text_positions(pipe.model.config.text_config))


def text_positions(config: Any) -> int:
    """RoBERTa counts its positions from the one after padding's."""
    return int(config.max_position_embeddings - config.pad_token_id - 1)


def fits(model: Model) -> bool:
    return model.is_a("ClapModel")


TASK = Task(
    tag="zero-shot-audio-classification",
    summary="Sort a recording into labels of your own, without training",
    inputs=SoundAndLabels,
    params=ZeroShotSoundOptions,
    output=Labels,
    load={"transformers": Pipeline("zero-shot-audio-classification")},
    fits=fits,
    tidy=tidy,
    run=run,
    batch=True,
    default_model="laion/clap-htsat-unfused",
    more_models=("laion/larger_clap_general", "laion/larger_clap_music_and_speech"),
)
