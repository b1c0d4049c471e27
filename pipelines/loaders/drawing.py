"""Pictures by diffusion: what may be asked of every pipeline of pictures, and its run."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipelines.kinds.inputs import Adapter, Name, check_unicode, problem
from pipelines.kinds.shapes import Media
from pipelines.loaders.adapters import adapted
from pipelines.loaders.arguments import arguments_of, check, check_steps
from pipelines.loaders.previews import rough
from pipelines.loaders.schedulers import scheduled
from pipelines.loaders.seeds import drawn
from pipelines.loaders.stepping import Chunk, chunks
from pipelines.notices import tell
from pipelines.pictures import picture
from pipelines.task import Params

SEEDS = 1 << 32  # how many there are
Words = Annotated[str, Field(max_length=10_000), AfterValidator(check_unicode)]
Side = Annotated[int, Field(ge=16, le=4096)]


def check_seed(value: Any) -> Any:
    """Others ask for any seed by a negative one."""
    if isinstance(value, int) and value < 0:
        raise problem("seed", "must be 0 or more; leave it out to draw one")
    return value


AnySeed = Annotated[int, Field(ge=0, lt=SEEDS), BeforeValidator(check_seed)]


class Size(BaseModel):
    """Pixels of the result."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    width: Side
    height: Side


class DrawOptions(Params):
    """What pipelines of pictures have in common, by the names of diffusers and of the Hub."""

    negative_prompt: Words | None = Field(None, description="What the picture should not show")
    num_inference_steps: int | None = Field(
        None, ge=1, le=1000, description="Steps from noise to picture: more are slower, and finer"
    )
    guidance_scale: float | None = Field(
        None, ge=0, le=100, description="How closely to follow the prompt"
    )
    true_cfg_scale: float | None = Field(
        None, ge=0, le=100, description="The same for models with a guidance of their own (Flux)"
    )
    scheduler: Name | None = Field(None, description="Another scheduler, by diffusers' name")
    seed: AnySeed | None = Field(
        None, description="The same seed makes the same picture; none draws one"
    )
    num_images_per_prompt: int = Field(
        1, ge=1, le=8, description="How many pictures: each next one has the next seed"
    )
    lora: Adapter | None = Field(None, description="A LoRA on this machine, as in org/name")
    lora_scale: float | None = Field(None, ge=-4, le=4, description="How strong the LoRA is: 1")


@dataclass(frozen=True)
class Seeded:
    """The seed of the first picture, None for one to be drawn, and how many pictures."""

    seed: int | None
    count: int


def draw(
    pipe: Any, given: Mapping[str, Any], params: Any, seeded: Seeded | None = None
) -> Iterator[Chunk]:
    """One run, step by step; the result is a picture, or a list of several.

    `given` are arguments that are not among `params`, nor `seeded`, where those say nothing of it.
    Raises InvalidInput.
    """
    arguments = {**given, **arguments_of(pipe, params)}
    check(pipe, arguments)
    seeded = seeded or Seeded(params.seed, params.num_images_per_prompt)
    seeds = seeds_of(seeded.seed, seeded.count)
    finish = partial(pictures, told=facts(params), seeds=seeds)
    yield from running(pipe, arguments, params, seeds, finish)


def running(
    pipe: Any,
    arguments: dict[str, Any],
    params: Any,
    seeds: list[int],
    finish: Callable[[Any], Any],
    preview: Callable[[Any, Any, Any], Media | None] = rough,
) -> Iterator[Chunk]:
    """The run itself, with the caller's scheduler and LoRA; `finish` makes its result."""
    import torch

    generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
    arguments["generator"] = generators if len(seeds) > 1 else generators[0]
    with ExitStack() as stack:
        stack.enter_context(scheduled(pipe, getattr(params, "scheduler", None)))
        check_steps(pipe, arguments)  # the bounds are those of the scheduler in use
        lora, scale = getattr(params, "lora", None), getattr(params, "lora_scale", None)
        stack.enter_context(adapted(pipe, lora, 1.0 if scale is None else scale))
        stack.enter_context(drawn(seeds[0]))  # for a pipeline that forgets its generator
        yield from chunks(pipe, arguments, finish, partial(preview, pipe, arguments))


def seeds_of(seed: int | None, count: int) -> list[int]:
    """One seed for each picture; told where the caller named none."""
    first = secrets.randbelow(SEEDS - count) if seed is None else seed
    if seed is None:
        tell(f"Seed {first} was drawn; send it to get the same again.")
    return [(first + at) % SEEDS for at in range(count)]


def facts(params: Any) -> dict[str, Any]:
    """What is written into a picture's file beside its seed: how it was made, in no words of the
    caller's."""
    given = params.given().items()
    told = {n: v for n, v in given if isinstance(v, int | float) or n == "scheduler"}
    many = ("num_images_per_prompt", "batch_size")
    return {n: v for n, v in told.items() if n not in ("seed", *many)}


def pictures(output: Any, told: Mapping[str, Any], seeds: list[int]) -> Any:
    """The files of a pipeline's pictures: one, or a list of several."""
    if any(getattr(output, "nsfw_content_detected", None) or ()):
        tell("The model's safety checker took a picture for unsafe and made it black.")
    images = output.images
    made = [
        picture(image, told={**told, "seed": seed})
        for image, seed in zip(images, seeds, strict=True)
    ]
    return made[0] if len(made) == 1 else made
