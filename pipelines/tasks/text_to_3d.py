"""Make a solid after a text."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from pipelines import solids
from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Solid, drawn
from pipelines.loaders import diffusers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.shaping import SolidOptions, shape
from pipelines.task import Inputs, Task


class TextToShape(Inputs):
    text: Annotated[
        Text,
        Field(
            description="What to make",
            examples=["A chair that looks like an avocado", "A birthday cupcake"],
        ),
    ]


def stream(pipe: Diffusion, row: TextToShape, params: SolidOptions) -> Iterator[Any]:
    return shape(pipe, {"prompt": row.text}, params)


TASK = Task(
    tag="text-to-3d",
    summary="Make a solid after a text",
    inputs=TextToShape,
    params=SolidOptions,
    output=Solid,
    load={"diffusers": diffusers.load},
    run=drawn(stream),
    stream=stream,
    shape=solids.media,
    gpu_seconds=180,
    default_model="openai/shap-e",
)
