"""Draw a picture from a text."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from pipelines import pictures
from pipelines.kinds.inputs import Prompt
from pipelines.kinds.outputs import Images, drawn
from pipelines.loaders import diffusers, kinship, schedulers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import DrawOptions, Side, draw
from pipelines.loaders.kinship import TEXT
from pipelines.model import Model
from pipelines.task import Inputs, Task


class TextToDraw(Inputs):
    text: Annotated[
        Prompt,
        Field(
            description="What to draw",
            examples=[
                "An astronaut riding a green horse",
                "A lighthouse in a storm, oil on canvas",
            ],
        ),
    ]


class TextToImageOptions(DrawOptions):
    height: Side | None = Field(None, description="Pixels from top to bottom")
    width: Side | None = Field(None, description="Pixels from left to right")


def stream(pipe: Diffusion, row: TextToDraw, params: TextToImageOptions) -> Iterator[Any]:
    return draw(pipe.kin(TEXT), {"prompt": row.text}, params)


def fits(model: Model) -> bool:
    return kinship.able(model, TEXT, "text-to-image")


TASK = Task(
    tag="text-to-image",
    summary="Draw a picture from a text",
    inputs=TextToDraw,
    params=TextToImageOptions,
    output=Images,
    load={"diffusers": diffusers.load},
    fits=fits,
    choices=schedulers.choices,
    run=drawn(stream),
    stream=stream,
    shape=pictures.media,
    gpu_seconds=120,
    default_model="stabilityai/sdxl-turbo",
    more_models=(
        "black-forest-labs/FLUX.1-schnell",
        "stabilityai/stable-diffusion-3.5-medium",
        "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS",
    ),
)
