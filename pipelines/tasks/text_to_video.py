"""Film what a text tells."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from pipelines import films
from pipelines.kinds.inputs import Prompt
from pipelines.kinds.outputs import Video, drawn
from pipelines.loaders import diffusers, kinship, moving, schedulers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import Side
from pipelines.loaders.filming import FilmOptions
from pipelines.loaders.kinship import FILM
from pipelines.model import Model
from pipelines.task import Inputs, Task


class TextToFilm(Inputs):
    text: Annotated[
        Prompt,
        Field(
            description="What happens in the video",
            examples=[
                "A paper boat drifts down a stream",
                "Clouds over a mountain, filmed from above",
            ],
        ),
    ]


class TextToVideoOptions(FilmOptions):
    height: Side | None = Field(None, description="Pixels from top to bottom")
    width: Side | None = Field(None, description="Pixels from left to right")


def stream(pipe: Diffusion, row: TextToFilm, params: TextToVideoOptions) -> Iterator[Any]:
    return moving.write(pipe, row.text, params)


def fits(model: Model) -> bool:
    return kinship.able(model, FILM, "text-to-video")


TASK = Task(
    tag="text-to-video",
    summary="Film what a text tells",
    inputs=TextToFilm,
    params=TextToVideoOptions,
    output=Video,
    load={"diffusers": diffusers.load},
    fits=fits,
    choices=schedulers.choices,
    run=drawn(stream),
    stream=stream,
    shape=films.media,
    gpu_seconds=300,
    default_model="Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
    more_models=("THUDM/CogVideoX-2b", "Lightricks/LTX-Video", "genmo/mochi-1-preview"),
)
