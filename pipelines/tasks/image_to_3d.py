"""Make a solid after a picture."""

from collections.abc import Iterator
from typing import Any

from pipelines import solids
from pipelines.forms import Picture
from pipelines.kinds.outputs import Solid, drawn
from pipelines.loaders import diffusers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.shaping import SolidOptions, shape
from pipelines.task import Task


def stream(pipe: Diffusion, row: Picture, params: SolidOptions) -> Iterator[Any]:
    return shape(pipe, {"image": row.image.decode()}, params)


TASK = Task(
    tag="image-to-3d",
    summary="Make a solid after a picture",
    inputs=Picture,
    params=SolidOptions,
    output=Solid,
    load={"diffusers": diffusers.load},
    run=drawn(stream),
    stream=stream,
    shape=solids.media,
    gpu_seconds=180,
    default_model="openai/shap-e-img2img",
)
