"""Set a picture moving."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from pipelines import films
from pipelines.forms import Picture
from pipelines.kinds.inputs import LEADS
from pipelines.kinds.outputs import Video, drawn
from pipelines.loaders import diffusers, kinship, moving, schedulers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import Size, Words
from pipelines.loaders.filming import FilmOptions
from pipelines.loaders.kinship import MOVE
from pipelines.model import Model
from pipelines.task import Task


class ImageToVideoOptions(FilmOptions):
    prompt: Words | None = Field(
        None, description="What happens in the video", json_schema_extra=LEADS
    )
    target_size: Size | None = Field(None, description="Another size for the result")
    motion_bucket_id: int | None = Field(
        None, ge=1, le=255, description="How much moves, in Stable Video Diffusion: 127 is usual"
    )


def stream(pipe: Diffusion, row: Picture, params: ImageToVideoOptions) -> Iterator[Any]:
    rest = params.model_copy(update={"prompt": None})
    return moving.move(pipe, row.image.decode(), params.prompt, rest)


def fits(model: Model) -> bool:
    return kinship.able(model, MOVE, "image-to-video")


TASK = Task(
    tag="image-to-video",
    summary="Set a picture moving",
    inputs=Picture,
    params=ImageToVideoOptions,
    output=Video,
    load={"diffusers": diffusers.load},
    fits=fits,
    choices=schedulers.choices,
    run=drawn(stream),
    stream=stream,
    shape=films.media,
    gpu_seconds=300,
    default_model="stabilityai/stable-video-diffusion-img2vid-xt",
    more_models=("Lightricks/LTX-Video", "THUDM/CogVideoX-5b-I2V"),
)
