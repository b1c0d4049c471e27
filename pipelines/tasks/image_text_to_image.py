"""Make a picture after a text, and out of a picture if there is one: what editors do."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from pipelines import pictures
from pipelines.errors import InvalidInput
from pipelines.forms import Instruction, prompt_as_input
from pipelines.kinds.outputs import Images, drawn
from pipelines.loaders import changing, diffusers, kinship, schedulers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import DrawOptions, Size, draw
from pipelines.loaders.kinship import IMAGE, TEXT
from pipelines.model import Model
from pipelines.task import Task

# Classes that are told in words what to change; others only bring a picture near to a text
EDITORS = ("Kontext", "Edit", "EditPlus", "InstructPix2Pix", "Flux2", "Flux2Klein")


class EditOptions(DrawOptions):
    image_guidance_scale: float | None = Field(
        None, ge=1, le=100, description="How closely an editor keeps to the picture"
    )
    target_size: Size | None = Field(None, description="Another size for the result")


def stream(pipe: Diffusion, row: Instruction, params: EditOptions) -> Iterator[Any]:
    if row.image is not None:
        # What changes a picture in general reads the words among the parameters.
        asked = Edit(**params.given(), prompt=row.prompt)
        return changing.change(pipe, row.image.decode(), None, asked)
    made = pipe.kin(TEXT)
    if TEXT not in (kinship.family(type(made).__name__) or {}):
        raise InvalidInput("inputs.image: this model changes a picture. Send one.")
    size = params.target_size
    given = {"width": size.width, "height": size.height} if size else {}
    rest = params.model_copy(update={"target_size": None})
    return draw(made, {"prompt": row.prompt, **given}, rest)


class Edit(EditOptions):
    prompt: str


def fits(model: Model) -> bool:
    edits = any(name.removesuffix("Pipeline").endswith(EDITORS) for name in model.architectures)
    return model.tag == TASK.tag or (edits and kinship.able(model, IMAGE, "image-to-image"))


TASK = Task(
    tag="image-text-to-image",
    summary="Make a picture after a text, and out of a picture if there is one",
    inputs=Instruction,
    params=EditOptions,
    output=Images,
    load={"diffusers": diffusers.load},
    fits=fits,
    choices=schedulers.choices,
    tidy=prompt_as_input,
    run=drawn(stream),
    stream=stream,
    shape=pictures.media,
    gpu_seconds=120,
    default_model="black-forest-labs/FLUX.1-Kontext-dev",
    more_models=("Qwen/Qwen-Image-Edit", "timbrooks/instruct-pix2pix"),
)
