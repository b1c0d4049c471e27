"""Film a video anew, after a text."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from pipelines import films
from pipelines.forms import Footage
from pipelines.kinds.inputs import LEADS
from pipelines.kinds.outputs import Video, drawn
from pipelines.loaders import diffusers, kinship, moving, schedulers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import Size, Words
from pipelines.loaders.filming import FilmOptions
from pipelines.loaders.kinship import REFILM
from pipelines.model import Model
from pipelines.task import Task


class VideoToVideoOptions(FilmOptions):
    num_frames: int | None = Field(
        None, ge=1, le=1024, description="How many frames of the video to use: 16"
    )
    prompt: Words | None = Field(
        None, description="What the video should become", json_schema_extra=LEADS
    )
    strength: float | None = Field(
        None, gt=0, le=1, description="How much to change: 1 keeps nothing of the video"
    )
    target_size: Size | None = Field(None, description="Another size for the result")


def stream(pipe: Diffusion, row: Footage, params: VideoToVideoOptions) -> Iterator[Any]:
    rest = params.model_copy(update={"prompt": None})
    return moving.refilm(pipe, row.video, params.prompt, rest)


def fits(model: Model) -> bool:
    return kinship.able(model, REFILM, "video-to-video")


TASK = Task(
    tag="video-to-video",
    summary="Film a video anew, after a text",
    inputs=Footage,
    params=VideoToVideoOptions,
    output=Video,
    load={"diffusers": diffusers.load},
    fits=fits,
    choices=schedulers.choices,
    run=drawn(stream),
    stream=stream,
    shape=films.media,
    gpu_seconds=300,
    default_model="THUDM/CogVideoX-2b",
    more_models=("Wan-AI/Wan2.1-T2V-1.3B-Diffusers",),
)
