"""Change a picture: after a prompt, within a mask, as an editor is told to, or to a larger one."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from pipelines import pictures
from pipelines.kinds.files import Image, Mask
from pipelines.kinds.inputs import LEADS
from pipelines.kinds.outputs import Images, drawn
from pipelines.loaders import changing, diffusers, kinship, schedulers, upscaling
from pipelines.loaders.drawing import DrawOptions, Size, Words
from pipelines.loaders.kinship import IMAGE
from pipelines.loaders.upscaling import Upscaler
from pipelines.model import Model
from pipelines.reading import Body
from pipelines.task import Inputs, Params, Task


class PictureToChange(Inputs):
    image: Annotated[
        Image, Field(description="The picture to change", examples=["cat.jpg", "coffee.jpg"])
    ]
    mask: Annotated[
        Mask | None,
        Field(description="White, or transparent, where the picture is to be painted anew"),
    ] = None


class Prompted(Params):
    prompt: Words | None = Field(
        None, description="What the picture should become", json_schema_extra=LEADS
    )


class ImageToImageOptions(DrawOptions, Prompted):  # the last one's fields come first
    strength: float | None = Field(
        None, gt=0, le=1, description="How much to change: 1 keeps nothing of the picture"
    )
    image_guidance_scale: float | None = Field(
        None, ge=1, le=100, description="How closely an editor keeps to the picture"
    )
    target_size: Size | None = Field(None, description="Another size for the result")


def tidy(body: Body) -> Body:
    """Clients send the mask among the parameters, beside the prompt."""
    parameters, inputs = body.get("parameters"), body.get("inputs")
    if not isinstance(parameters, dict) or not isinstance(inputs, str | bytes):
        return body
    rest = {key: value for key, value in parameters.items() if key not in ("mask", "mask_image")}
    mask = parameters.get("mask") or parameters.get("mask_image")
    if mask is None:
        return {**body, "parameters": rest}
    return {**body, "inputs": {"image": inputs, "mask": mask}, "parameters": rest}


def stream(pipe: Any, row: PictureToChange, params: ImageToImageOptions) -> Iterator[Any]:
    mask = row.mask.where() if row.mask else None
    if isinstance(pipe, Upscaler):
        return upscaling.stream(pipe, row.image.decode(), mask, params.given())
    return changing.change(pipe, row.image.decode(), mask, params)


def fits(model: Model) -> bool:
    if model.library == "transformers":
        return upscaling.upscales(model)
    return kinship.able(model, IMAGE, "image-to-image")


TASK = Task(
    tag="image-to-image",
    summary="Change a picture",
    inputs=PictureToChange,
    params=ImageToImageOptions,
    output=Images,
    load={"diffusers": diffusers.load, "transformers": upscaling.load},
    fits=fits,
    choices=schedulers.choices,
    tidy=tidy,
    run=drawn(stream),
    stream=stream,
    shape=pictures.media,
    gpu_seconds=120,
    default_model="timbrooks/instruct-pix2pix",
    more_models=(
        "black-forest-labs/FLUX.1-Kontext-dev",
        "stable-diffusion-v1-5/stable-diffusion-inpainting",
        "caidas/swin2SR-classical-sr-x2-64",
        "stabilityai/sdxl-turbo",
    ),
)
