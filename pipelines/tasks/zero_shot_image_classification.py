"""Sort a picture into labels of your own, without training."""

from collections.abc import Iterator
from typing import Annotated, Any

from PIL import Image
from pydantic import Field

from pipelines.forms import Picture, Template, fill, labels_as_input
from pipelines.kinds.inputs import Names
from pipelines.kinds.outputs import Labels
from pipelines.loaders.classifier import sorted_labels
from pipelines.loaders.lengths import labels_read, reads
from pipelines.loaders.seeing import fit_to_see, number
from pipelines.loaders.transformers import Pipeline
from pipelines.model import Model
from pipelines.reading import Body
from pipelines.task import Params, Task

BATCH = 64  # labels that the model reads at once, beside the picture
NAMES = (
    "AlignModel", "AltCLIPModel", "BlipModel", "Blip2ForImageTextRetrieval", "ChineseCLIPModel",
    "CLIPModel", "CLIPSegModel", "MetaClip2Model", "SiglipModel", "Siglip2Model", "Tipsv2Model",
)  # fmt: skip


class PictureAndLabels(Picture):
    candidate_labels: Annotated[
        Names,
        Field(
            description="Labels to choose from, separated by commas",
            examples=[["a cat", "a dog", "a cup of coffee"]],
        ),
    ]


class ZeroShotPictureOptions(Params):
    hypothesis_template: Template = Field(
        "This is a photo of {}.", description="A sentence with {} where the label goes"
    )


def tidy(body: Body) -> Body:
    return labels_as_input(body, "image")


def run(pipe: Any, inputs: list[PictureAndLabels], params: ZeroShotPictureOptions) -> list[Labels]:
    return [sort(pipe, each, params) for each in inputs]


def sort(pipe: Any, row: PictureAndLabels, params: ZeroShotPictureOptions) -> Labels:
    """How near each filled template is to the picture: a softmax over the labels, or, of a model
    that was trained to judge each by itself (SigLIP), its sigmoid."""
    import torch

    texts = [fill(params.hypothesis_template, label) for label in row.candidate_labels]
    with torch.inference_mode():
        logits = torch.cat(list(near(pipe, row.image.decode(), texts)))
    scores = (logits.sigmoid() if alone(pipe) else logits.softmax(0)).cpu().numpy()
    number(scores.sum())
    return sorted_labels(row.candidate_labels, scores)


def near(pipe: Any, picture: Image.Image, texts: list[str]) -> Iterator[Any]:
    """Logits of a few texts at a time, each of shape (texts,): memory grows with them."""
    with fit_to_see(picture):
        seen = pipe.image_processor(images=[picture], return_tensors="pt").to(pipe.dtype)
    for at in range(0, len(texts), BATCH):
        given = pipe.ensure_tensor_on_device(**tokens(pipe, texts[at : at + BATCH]), **seen)
        yield pipe.model(**given).logits_per_image[0].float()


def alone(pipe: Any) -> bool:
    return "siglip" in pipe.model.config.model_type


def tokens(pipe: Any, texts: list[str]) -> dict[str, Any]:
    """The texts as one batch, cut where the model has no more positions. SigLIP reads as many
    tokens of every text, padding among them, as it was trained to."""
    padding = "max_length" if alone(pipe) else True
    return labels_read(pipe.tokenizer, texts, reads(pipe.model, pipe.tokenizer), padding)


def fits(model: Model) -> bool:
    return bool({*model.architectures} & {*NAMES})


TASK = Task(
    tag="zero-shot-image-classification",
    summary="Sort a picture into labels of your own, without training",
    inputs=PictureAndLabels,
    params=ZeroShotPictureOptions,
    output=Labels,
    load={"transformers": Pipeline("zero-shot-image-classification")},
    fits=fits,
    tidy=tidy,
    run=run,
    batch=True,
    default_model="google/siglip-so400m-patch14-224",
    more_models=("openai/clip-vit-base-patch32", "google/siglip-base-patch16-224"),
)
