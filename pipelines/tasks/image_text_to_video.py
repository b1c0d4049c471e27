"""Film what a text tells, from a picture on if there is one."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from pipelines import films
from pipelines.errors import InvalidInput
from pipelines.forms import Instruction, prompt_as_input
from pipelines.kinds.outputs import Video, drawn
from pipelines.loaders import diffusers, kinship, moving, schedulers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import Size
from pipelines.loaders.filming import FilmOptions
from pipelines.loaders.kinship import MOVE
from pipelines.model import Model
from pipelines.task import Task


class ImageTextToVideoOptions(FilmOptions):
    target_size: Size | None = Field(None, description="Another size for the result")


def stream(pipe: Diffusion, row: Instruction, params: ImageTextToVideoOptions) -> Iterator[Any]:
    if row.image is not None:
        return moving.move(pipe, row.image.decode(), row.prompt, params)
    if not moving.writes(pipe):
        raise InvalidInput("inputs.image: this model begins with a picture. Send one.")
    return moving.write(pipe, row.prompt, params)


def fits(model: Model) -> bool:
    """A class that films from pictures after a text; those without a text are no such model."""
    if model.is_a("StableVideoDiffusionPipeline"):
        return False
    return model.tag == "image-text-to-video" or kinship.able(model, MOVE, "image-to-video")


TASK = Task(
    tag="image-text-to-video",
    summary="Film what a text tells, from a picture on",
    inputs=Instruction,
    params=ImageTextToVideoOptions,
    output=Video,
    load={"diffusers": diffusers.load},
    fits=fits,
    choices=schedulers.choices,
    tidy=prompt_as_input,
    run=drawn(stream),
    stream=stream,
    shape=films.media,
    gpu_seconds=300,
    default_model="Lightricks/LTX-Video",
    more_models=("Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",),
)
