"""Pictures by diffusion: what a caller wishes, as arguments of the pipeline that is loaded.

What the pipeline does not take is refused by name, before anything is computed.
"""

import inspect
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipelines.errors import InvalidInput, UnsupportedTask
from pipelines.kinds.inputs import Adapter, Name, check_unicode, problem
from pipelines.kinds.shapes import Media
from pipelines.loaders.adapters import adapted
from pipelines.loaders.previews import rough
from pipelines.loaders.schedulers import scheduled
from pipelines.loaders.seeds import drawn
from pipelines.loaders.stepping import Chunk, chunks
from pipelines.notices import cut, tell
from pipelines.pictures import picture
from pipelines.task import Params

SEEDS = 1 << 32  # how many there are
ENDLESS = 100_000  # tokens: what stands for "no limit" in tokenizers
WORDS = ("prompt", "negative_prompt")
OURS = ("seed", "scheduler", "lora", "lora_scale")  # no arguments of a pipeline
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


# What goes in ------------------------------------------------------------------------------------


def known(pipe: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(pipe.__call__).parameters


def arguments_of(pipe: Any, params: Any) -> dict[str, Any]:
    """The caller's parameters. Raises InvalidInput for those that this pipeline does not take."""
    given = {n: v for n, v in params.given().items() if n not in OURS}
    for name in WORDS:
        if given.get(name) == "" and name not in known(pipe):
            del given[name]  # no words, for a pipeline that takes none
    if given.get("num_images_per_prompt") == 1:
        del given["num_images_per_prompt"]
    if params.given().get("lora_scale") is not None and getattr(params, "lora", None) is None:
        raise InvalidInput("parameters.lora_scale: name a LoRA with it, in lora.")
    if foreign := sorted(given.keys() - known(pipe).keys()):
        able = sorted(type(params).model_fields.keys() & (known(pipe).keys() | set(OURS)))
        raise InvalidInput(
            f"parameters.{foreign[0]}: this model ({type(pipe).__name__}) does not take "
            f"{', '.join(foreign)}. Leave it out. It takes: {', '.join(able)}."
        )
    return given


def check(pipe: Any, arguments: Mapping[str, Any]) -> None:
    """Raises InvalidInput for what the pipeline would fail on, or change without a word."""
    names = known(pipe)
    if foreign := sorted(name for name in arguments if name not in names):
        raise UnsupportedTask(
            f"This model ({type(pipe).__name__}) takes no {', '.join(foreign)}. Choose another."
        )
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [n for n, p in names.items() if p.default is p.empty and p.kind not in kinds]
    if lacking := sorted(set(needed) - arguments.keys()):
        raise UnsupportedTask(
            f"This model ({type(pipe).__name__}) needs {', '.join(lacking)} beside, which this "
            "task has no field for. Choose another."
        )
    for side in ("height", "width"):
        check_side(side, arguments.get(side), multiple(pipe))
    check_guidance(names, arguments)
    for name in WORDS:
        if arguments.get(name):
            check_length(pipe, name, arguments[name])


def check_side(name: str, value: int | None, unit: int) -> None:
    if value is not None and value % unit:
        below = max(unit, value - value % unit)
        raise InvalidInput(
            f"parameters.{name}: {value} is no multiple of {unit}, as this model needs. Send "
            f"{below} or {value - value % unit + unit}."
        )


def multiple(pipe: Any) -> int:
    """Pixels that one patch of latents stands for: sizes are whole numbers of them."""
    scale = int(getattr(pipe, "vae_scale_factor", 8))
    if hasattr(pipe, "_pack_latents"):  # two by two latents are one patch
        return 2 * scale
    config = getattr(getattr(pipe, "transformer", None), "config", {})
    patch = config.get("patch_size") or 1
    return scale * (patch if isinstance(patch, int) else max(patch))


def check_steps(pipe: Any, arguments: Mapping[str, Any]) -> None:
    own = known(pipe).get("num_inference_steps")
    steps = arguments.get("num_inference_steps") or (own.default if own else None)
    config = getattr(getattr(pipe, "scheduler", None), "config", {})
    most = config.get("num_train_timesteps")
    if isinstance(steps, int) and isinstance(most, int) and steps > most:
        raise InvalidInput(
            f"parameters.num_inference_steps: {steps} are more than the {most} that this model was "
            "trained with."
        )
    # Such a scheduler starts that many steps later: the last one must still be one of `most`.
    late = config.get("steps_offset", 0) if config.get("timestep_spacing") == "leading" else 0
    if isinstance(steps, int) and isinstance(most, int) and late and steps > most - late:
        raise InvalidInput(
            f"parameters.num_inference_steps: {steps} are more than the {most - late} that this "
            "model's scheduler can go."
        )
    # Runge-Kutta steps first, as many as its order (PNDM)
    least = getattr(pipe.scheduler, "pndm_order", 1) if config.get("skip_prk_steps") is False else 1
    if isinstance(steps, int) and steps < least:
        raise InvalidInput(
            f"parameters.num_inference_steps: {steps} are fewer than the {least} that the "
            "scheduler PNDMScheduler needs with this model. Send more, or choose another scheduler."
        )
    strength = arguments.get("strength", 1)
    if isinstance(steps, int) and int(steps * strength) < 1:
        raise InvalidInput(
            f"parameters.strength: {strength} of {steps} steps is less than one step. Raise "
            "strength or num_inference_steps."
        )


def check_guidance(names: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """Says that a negative prompt changes nothing, where that is so."""
    if not arguments.get("negative_prompt"):
        return
    which = next((n for n in ("true_cfg_scale", "guidance_scale") if n in names), None)
    scale = arguments.get(which, names[which].default) if which else None
    if isinstance(scale, int | float) and scale <= 1:
        tell(f"The negative prompt changes nothing while {which} is {scale:g}: raise it above 1.")


def check_length(pipe: Any, name: str, text: str) -> None:
    """Says that a prompt is longer than every encoder of the model reads."""
    sizes = [size for size in map(partial(reading, pipe, text), tokenizers(pipe)) if size]
    if sizes and all(tokens > most for tokens, most in sizes):
        tell(cut(name.replace("_", " ").capitalize(), max(most for _, most in sizes)))


def tokenizers(pipe: Any) -> list[Any]:
    parts = getattr(pipe, "components", {})
    return [part for name, part in parts.items() if name.startswith("tokenizer") and part]


def reading(pipe: Any, text: str, tokenizer: Any) -> tuple[int, int] | None:
    """Tokens of `text`, and how many of them are read; None where that is not known."""
    most = getattr(tokenizer, "model_max_length", ENDLESS)
    longest = known(pipe).get("max_sequence_length")
    if most != 77 and longest is not None and isinstance(longest.default, int):  # CLIP reads 77
        most = longest.default
    if most >= ENDLESS:
        return None
    return len(tokenizer(text, verbose=False)["input_ids"]), most


def seeds_of(seed: int | None, count: int) -> list[int]:
    """One seed for each picture; told where the caller named none."""
    first = secrets.randbelow(SEEDS - count) if seed is None else seed
    if seed is None:
        tell(f"Seed {first} was drawn; send it to get the same again.")
    return [(first + at) % SEEDS for at in range(count)]


# What comes out ----------------------------------------------------------------------------------


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
