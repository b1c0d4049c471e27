"""Find things that you name in a picture, without training."""

from typing import Annotated

from pydantic import Field

from pipelines.forms import Picture, labels_as_input
from pipelines.kinds.inputs import Names
from pipelines.kinds.outputs import Boxes
from pipelines.loaders import finding
from pipelines.loaders.finding import Dino, Owl
from pipelines.loaders.seeing import Exact, fit_to_see
from pipelines.reading import Body
from pipelines.task import Params, Task


class PictureAndNames(Picture):
    candidate_labels: Annotated[
        Names,
        Field(
            description="What to look for, separated by commas",
            examples=[["a cat", "an eye", "a nose"], ["a cup", "a spoon", "a saucer"]],
        ),
    ]


class NamedDetectionOptions(Params):
    threshold: float = Field(
        0.1, ge=0, le=1, description="Least score of what is shown; lower finds more"
    )


def tidy(body: Body) -> Body:
    return labels_as_input(body, "image")


def run(
    pipe: Owl | Dino, inputs: list[PictureAndNames], params: NamedDetectionOptions
) -> list[Boxes]:
    return [find(pipe, each, params.threshold) for each in inputs]


def find(pipe: Owl | Dino, row: PictureAndNames, threshold: float) -> Boxes:
    image = row.image.decode()
    with fit_to_see(image):
        return pipe.find(image, row.candidate_labels, threshold)


TASK = Task(
    tag="zero-shot-object-detection",
    summary="Find things that you name in a picture, without training",
    inputs=PictureAndNames,
    params=NamedDetectionOptions,
    output=Boxes,
    load={"transformers": Exact(finding.load)},
    fits=finding.fits,
    tidy=tidy,
    run=run,
    batch=True,
    default_model="google/owlv2-base-patch16-ensemble",
    more_models=("google/owlvit-base-patch32", "IDEA-Research/grounding-dino-tiny"),
)
