"""Find the points of a picture that matter: corners, or the joints of a body."""

from typing import Annotated

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.forms import Picture
from pipelines.kinds.inputs import Marks
from pipelines.kinds.outputs import Keypoints
from pipelines.loaders import keypoints
from pipelines.loaders.keypoints import Detector, Poser
from pipelines.loaders.seeing import Exact, fit_to_see
from pipelines.task import Params, Task


class PictureAndBoxes(Picture):
    boxes: Annotated[
        Marks | None,
        Field(
            description="A box around each body, for a model of bodies; without any the whole "
            "picture is taken for one"
        ),
    ] = None


class KeypointOptions(Params):
    threshold: float = Field(0, ge=0, le=1, description="Least score of a point")


def run(
    pipe: Detector | Poser, inputs: list[PictureAndBoxes], params: KeypointOptions
) -> list[Keypoints]:
    return [find(pipe, each, params.threshold) for each in inputs]


def find(pipe: Detector | Poser, row: PictureAndBoxes, threshold: float) -> Keypoints:
    if any(len(mark) < 4 for mark in row.boxes or ()):
        raise InvalidInput("boxes: these are points; draw a box, [xmin, ymin, xmax, ymax].")
    image = row.image.decode()
    with fit_to_see(image):
        return pipe.figures(image, row.boxes or (), threshold)


TASK = Task(
    tag="keypoint-detection",
    summary="Find the points of a picture that matter: corners, or the joints of a body",
    inputs=PictureAndBoxes,
    params=KeypointOptions,
    output=Keypoints,
    load={"transformers": Exact(keypoints.load)},
    run=run,
    batch=True,
    default_model="magic-leap-community/superpoint",
    more_models=("usyd-community/vitpose-base-simple",),
)
