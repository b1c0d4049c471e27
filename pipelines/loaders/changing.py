"""A picture that a diffusion pipeline changes: its size, its mask, and the pipeline for it."""

from collections.abc import Iterator
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.loaders.arguments import check_side, known, multiple
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import draw
from pipelines.loaders.kinship import IMAGE, INPAINT
from pipelines.loaders.stepping import Chunk
from pipelines.notices import tell

MOST = 1024 * 1024  # pixels of a result whose size nobody named: what such models are trained for
MASKED = 9  # channels of a network that was trained to fill a part, and does nothing else


def change(
    pipe: Diffusion, image: Image.Image, mask: Image.Image | None, params: Any
) -> Iterator[Chunk]:
    """The run that changes `image`, only where `mask` is white if there is one."""
    made = pipe.kin(INPAINT if mask is not None or wants_mask(pipe) else IMAGE)
    check_mask(made, mask)
    names = known(made)
    image = image.resize(size(image, made, params.target_size), Image.Resampling.LANCZOS)
    given: dict[str, Any] = {"image": image}
    if mask is not None:
        given["mask_image"] = mask.convert("L").resize(image.size, Image.Resampling.NEAREST)
    given |= {n: v for n, v in zip(("width", "height"), image.size, strict=True) if n in names}
    if "prompt" in names and params.prompt is None and "image_embeds" not in names:
        given["prompt"] = ""  # pipelines demand one, and an empty one says nothing
    return draw(made, given, params.model_copy(update={"target_size": None}))


def wants_mask(pipe: Diffusion) -> bool:
    net: Any = getattr(pipe.base, "unet", None)
    return net is not None and net.config.get("in_channels") == MASKED


def check_mask(made: Any, mask: Image.Image | None) -> None:
    if mask is None and "mask_image" in known(made):
        raise InvalidInput(
            "inputs.mask: this model fills a part of a picture. Send a mask that is white there."
        )
    if mask is not None and "mask_image" not in known(made):
        raise InvalidInput(
            "inputs.mask: this model changes a picture as a whole. Leave the mask out."
        )


def size(image: Image.Image, made: Any, target: Any) -> tuple[int, int]:
    """Width and height to work with: those asked for, else those of the picture, within what such
    models are trained for, in whole patches. Another size than the picture's is told."""
    unit = multiple(made)
    if target is not None:
        check_side("target_size.width", target.width, unit)
        check_side("target_size.height", target.height, unit)
        return target.width, target.height
    scale = min(1.0, (MOST / (image.width * image.height)) ** 0.5)
    wide, high = (max(unit, int(side * scale) // unit * unit) for side in image.size)
    if (wide, high) != image.size:
        tell(
            f"The picture was brought from {image.width} x {image.height} to {wide} x {high} "
            "pixels, as this model works with; target_size asks for another size."
        )
    return wide, high
