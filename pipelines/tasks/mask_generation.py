"""Cut out anything in a picture: all there is, or what you point at."""

from typing import Annotated

from pydantic import Field

from pipelines.forms import Picture
from pipelines.kinds.inputs import Marks
from pipelines.kinds.outputs import Masks
from pipelines.loaders import masks
from pipelines.loaders.marked import objects
from pipelines.loaders.masks import MaskOptions, Segmenter
from pipelines.loaders.seeing import Exact, fit_to_see
from pipelines.pictures import written
from pipelines.task import Task


class PictureAndMarks(Picture):
    marks: Annotated[
        Marks | None,
        Field(
            description="Points inside (1) and outside (0) of what is wanted, and boxes around it; "
            "without any the whole picture is searched"
        ),
    ] = None


def run(pipe: Segmenter, inputs: list[PictureAndMarks], params: MaskOptions) -> list[Masks]:
    return [generate(pipe, each, params) for each in inputs]


def generate(pipe: Segmenter, row: PictureAndMarks, params: MaskOptions) -> Masks:
    image = row.image.decode()
    with fit_to_see(image):
        if row.marks:
            return pipe.at_marks(image, objects(row.marks, image), params)
        return pipe.everything(image, params)


TASK = Task(
    tag="mask-generation",
    summary="Cut out anything in a picture: all there is, or what you point at",
    inputs=PictureAndMarks,
    params=MaskOptions,
    output=Masks,
    load={"transformers": Exact(masks.load)},
    run=run,
    shape=written,
    batch=True,
    default_model="facebook/sam-vit-base",
    more_models=("syscv-community/sam-hq-vit-base",),
)
