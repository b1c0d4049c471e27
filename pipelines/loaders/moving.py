"""Pictures that a diffusion pipeline sets moving, and videos that it films anew."""

import math
from collections.abc import Iterator
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.loaders.arguments import check_side, known, multiple
from pipelines.loaders.changing import MOST
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.filming import check_count, check_room, counted, longest, shoot
from pipelines.loaders.kinship import FILM, MOVE, REFILM, family
from pipelines.loaders.stepping import Chunk
from pipelines.notices import tell
from pipelines.video import Clip

FEW = 16  # frames of a video that is filmed anew, where nobody says how many
WIDE = ("LTX", "Sana")  # whose pipelines take multiples of 32, whatever their parts say
SCALES = ("vae_scale_factor_spatial", "vae_spatial_compression_ratio", "vae_scale_factor")


def writes(pipe: Diffusion) -> bool:
    """Whether it films after a text alone."""
    known_uses = family(type(pipe.base).__name__)
    if known_uses is not None:
        return FILM in known_uses
    image = known(pipe.base).get("image")
    return image is None or image.default is not image.empty


def write(pipe: Diffusion, prompt: str, params: Any) -> Iterator[Chunk]:
    """A video after a text."""
    made = pipe.kin(FILM)
    given: dict[str, Any] = {"prompt": prompt}
    for name in ("width", "height"):
        check_side(name, getattr(params, name, None), patch(made))
    if target := getattr(params, "target_size", None):
        given |= sides(made, fitting((0, 0), made, target))
    return shoot(made, given, params)


def move(pipe: Diffusion, image: Image.Image, prompt: str | None, params: Any) -> Iterator[Chunk]:
    """A video that begins with a picture."""
    made = pipe.kin(MOVE)
    size = fitting(image.size, made, params.target_size)
    given = {"image": resized(image, size), **sides(made, size), **words(made, prompt)}
    return shoot(made, given, params)


def refilm(pipe: Diffusion, clip: Clip, prompt: str | None, params: Any) -> Iterator[Chunk]:
    """The frames of a video anew, spread over all of it where they are too many."""
    made = pipe.kin(REFILM)
    whole = clip.count()
    count = min(params.num_frames or min(FEW, longest(made) or FEW), whole)
    check_count(made, count)
    if count < whole:
        tell(
            f"{count} of the video's {whole} frames were used, spread over all of it; num_frames "
            "asks for more."
        )
    frames = clip.spread(count)
    size = fitting(frames[0].size, made, params.target_size)
    check_room(count, *size)
    given = {"video": [resized(each, size) for each in frames], **sides(made, size)}
    given |= words(made, prompt)
    given |= told(made, count)
    asked = params.model_copy(update={"num_frames": None})
    return shoot(made, given, asked, rate=clip.rate * count / max(whole, 1))


def told(pipe: Any, count: int) -> dict[str, int]:
    """Some pipelines must be told how many frames they are given; most count themselves."""
    return counted(pipe, count) if "num_frames" in known(pipe) else {}


def words(pipe: Any, prompt: str | None) -> dict[str, str]:
    """An empty prompt where a pipeline demands one; none for a pipeline that takes none."""
    if "prompt" in known(pipe):
        return {"prompt": prompt or ""}
    if prompt:
        raise InvalidInput(
            f"parameters.prompt: this model ({type(pipe).__name__}) goes by no words. Leave it out."
        )
    return {}


# Sizes -------------------------------------------------------------------------------------------


def sides(pipe: Any, size: tuple[int, int]) -> dict[str, int]:
    pairs = zip(("width", "height"), size, strict=True)
    return {name: value for name, value in pairs if name in known(pipe)}


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def fitting(own: tuple[int, int], pipe: Any, target: Any) -> tuple[int, int]:
    """Width and height to work with: those asked for, else as many pixels as the model was trained
    for in the proportions of the picture. Another size than the picture's is told."""
    unit = patch(pipe)
    if target is not None:
        check_side("target_size.width", target.width, unit)
        check_side("target_size.height", target.height, unit)
        return target.width, target.height
    size = trained(own, pipe, unit)
    if size != own:
        tell(
            f"The picture was brought from {own[0]} x {own[1]} to {size[0]} x {size[1]} pixels, "
            "as this model works with; target_size asks for another size."
        )
    return size


def trained(own: tuple[int, int], pipe: Any, unit: int) -> tuple[int, int]:
    usual = usual_size(pipe)
    config = getattr(getattr(pipe, "transformer", None), "config", {})
    if usual and config.get("use_learned_positional_embeddings"):  # learned for this size alone
        return usual
    room = usual[0] * usual[1] if usual else min(MOST, own[0] * own[1])
    scale = (room / (own[0] * own[1])) ** 0.5
    wide, high = (max(unit, round(side * scale / unit) * unit) for side in own)
    return wide, high


def usual_size(pipe: Any) -> tuple[int, int] | None:
    """Width and height that a pipeline makes by itself, if it says."""
    names = ("width", "height")
    sizes = [getattr(known(pipe).get(name), "default", None) for name in names]
    config = getattr(getattr(pipe, "transformer", None), "config", {})
    if not all(isinstance(side, int) for side in sizes) and config.get("sample_width"):
        sizes = [config[f"sample_{name}"] * multiple_of(pipe) for name in names]
    wide, high = sizes
    return (wide, high) if isinstance(wide, int) and isinstance(high, int) else None


def multiple_of(pipe: Any) -> int:
    """Pixels that one latent stands for."""
    return int(next((getattr(pipe, name) for name in SCALES if hasattr(pipe, name)), 8))


def patch(pipe: Any) -> int:
    """What width and height must be multiples of."""
    own = multiple_of(pipe) if hasattr(pipe, "transformer") else multiple(pipe)
    if hasattr(pipe, "transformer"):
        size = getattr(pipe.transformer, "config", {}).get("patch_size") or 1
        own *= size if isinstance(size, int) else max(size)
    if type(getattr(pipe, "unet", None)).__name__ == "UNetSpatioTemporalConditionModel":
        own *= 2 ** (len(pipe.unet.config.block_out_channels) - 1)  # halves without rounding
    return math.lcm(own, 32) if type(pipe).__name__.startswith(WIDE) else own
