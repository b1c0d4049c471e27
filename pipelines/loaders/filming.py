"""Videos by diffusion: what a caller wishes, as arguments of the pipeline that is loaded."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.films import film
from pipelines.kinds.inputs import Adapter, Name
from pipelines.kinds.shapes import Media
from pipelines.loaders.arguments import arguments_of, check, known
from pipelines.loaders.drawing import AnySeed, Words, running, seeds_of
from pipelines.loaders.previews import rough
from pipelines.loaders.stepping import Chunk
from pipelines.notices import tell
from pipelines.task import Params
from pipelines.video import FPS

FRAMES = ("num_frames", "frames", "video_length")  # what pipelines call how many there are
RATES = ("frame_rate", "fps", "target_fps")  # what those call the pace that were trained with it
# Frames a second that the models were trained for, where the pipeline's arguments do not say; from
# their documentation. By the beginning of a class's name.
TRAINED = {"Allegro": 15, "Hunyuan": 24, "Kandinsky": 24, "Mochi": 30, "SkyReels": 24, "Wan": 16}
OWN = ("fps", "num_frames", "target_size")  # ours to translate
ROOM = 500_000_000  # pixels of all frames together, as many as videos that are sent may have


def joined(value: Any) -> Any:
    """The Hub's specification has a list of what not to show."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value


class FilmOptions(Params):
    """What pipelines of videos have in common, by the names of diffusers and of the Hub."""

    negative_prompt: Annotated[Words, BeforeValidator(joined)] | None = Field(
        None, description="What the video should not show"
    )
    num_frames: int | None = Field(None, ge=1, le=1024, description="How many frames")
    fps: float | None = Field(None, ge=1, le=120, description="Frames a second")
    num_inference_steps: int | None = Field(
        None, ge=1, le=1000, description="Steps from noise to video: more are slower, and finer"
    )
    guidance_scale: float | None = Field(
        None, ge=0, le=100, description="How closely to follow the prompt"
    )
    scheduler: Name | None = Field(None, description="Another scheduler, by diffusers' name")
    seed: AnySeed | None = Field(
        None, description="The same seed makes the same video; none draws one"
    )
    lora: Adapter | None = Field(None, description="A LoRA on this machine, as in org/name")
    lora_scale: float | None = Field(None, ge=-4, le=4, description="How strong the LoRA is: 1")


def shoot(
    pipe: Any, given: Mapping[str, Any], params: Any, rate: float | None = None
) -> Iterator[Chunk]:
    """One run, step by step; the result is a video of `rate` frames a second, where neither the
    caller nor the model says another. Raises InvalidInput."""
    names = known(pipe)
    ours = {name: None for name in OWN if name in type(params).model_fields}
    arguments = {**given, **arguments_of(pipe, params.model_copy(update=ours))}
    arguments |= counted(pipe, params.num_frames) if "num_frames" not in given else {}
    paced = next((name for name in RATES if name in names), None)
    if params.fps and paced:
        arguments[paced] = round(params.fps)
    shown = params.fps or rate or pace(pipe, paced)
    if "output_type" in names:
        arguments["output_type"] = "pil"
    check(pipe, arguments)
    sizes = [value(pipe, arguments, (name,)) for name in ("width", "height")]
    check_room(value(pipe, arguments, FRAMES), *sizes)
    wanted = params.num_frames
    finish = partial(filmed, rate=shown, wanted=wanted)
    yield from running(pipe, arguments, params, seeds_of(params.seed, 1), finish, preview)


def counted(pipe: Any, frames: int | None) -> dict[str, int]:
    if frames is None:
        return {}
    name = next((each for each in FRAMES if each in known(pipe)), None)
    if name is None:
        raise InvalidInput(
            f"parameters.num_frames: this model ({type(pipe).__name__}) does not let choose. "
            "Leave it out."
        )
    check_count(pipe, frames)
    return {name: frames}


def longest(pipe: Any) -> int | None:
    """The most frames that AnimateDiff's layers of motion were made for."""
    adapter = getattr(getattr(pipe, "motion_adapter", None), "config", {})
    return adapter.get("motion_max_seq_length") or None


def check_count(pipe: Any, frames: int) -> None:
    most = longest(pipe)
    if most and frames > most:
        raise InvalidInput(f"parameters.num_frames: this model makes at most {most} at a time.")
    # Stable Video Diffusion guides from the first frame to the last, and fails where they are one
    if frames < 2 and "min_guidance_scale" in known(pipe):
        raise InvalidInput("parameters.num_frames: this model makes at least 2.")


def value(pipe: Any, arguments: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """The first of these arguments, else the pipeline's own; 1 where neither says."""
    own = known(pipe)
    for name in names:
        found = arguments.get(name) or (own[name].default if name in own else None)
        if isinstance(found, int):
            return found
    return 1


def check_room(frames: int, width: int, height: int) -> None:
    if (pixels := frames * width * height) > ROOM:
        raise InvalidInput(
            f"parameters.num_frames: {frames:,} frames of {width:,} x {height:,} are {pixels:,} "
            f"pixels together, but at most {ROOM:,} are allowed. Ask for fewer or smaller frames."
        )


def pace(pipe: Any, paced: str | None) -> float:
    """Frames a second where the caller does not say."""
    own = known(pipe)[paced].default if paced else None
    if isinstance(own, int | float) and own > 0:
        return own
    starts = (rate for name, rate in TRAINED.items() if type(pipe).__name__.startswith(name))
    return next(starts, FPS)


def filmed(output: Any, rate: float, wanted: int | None) -> Media:
    """The file of a pipeline's frames; told where they are not as many as were asked for."""
    frames = pictures(output)
    if wanted is not None and len(frames) != wanted:
        tell(f"This model made {len(frames)} frames: it cannot make just {wanted}.")
    if getattr(output, "audio", None) is not None:
        tell("The sound that this model makes beside its video is left out.")
    return film(frames, rate)


def pictures(output: Any) -> list[Any]:
    """The frames of the first video, as Pillow's, however the pipeline has them."""
    import numpy as np
    from PIL import Image

    frames = getattr(output, "frames", None)
    found = getattr(output, "images", None) if frames is None else frames
    if found is None or not len(found):
        raise ModelFailed("The model made no frames.")
    if isinstance(found[0], list) or getattr(found[0], "ndim", 0) == 4:
        found = found[0]
    return [
        each
        if isinstance(each, Image.Image)
        else Image.fromarray((np.clip(np.asarray(each), 0, 1) * 255).round().astype(np.uint8))
        for each in found
    ]


def preview(pipe: Any, arguments: Any, latents: Any) -> Media | None:
    """A rough picture of the frame in the middle."""
    config = getattr(getattr(pipe, "vae", None), "config", {})
    channels = config.get("latent_channels") or config.get("z_dim")
    if latents.ndim == 5 and latents.shape[1] != channels == latents.shape[2]:
        latents = latents.transpose(1, 2)  # as CogVideoX and Stable Video Diffusion have it
    return rough(pipe, arguments, latents)
