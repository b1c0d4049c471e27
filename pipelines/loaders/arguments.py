"""What a caller wishes, as arguments of the diffusers pipeline that is loaded.

What the pipeline does not take, or would fail on, is refused by name before anything is computed.
"""

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

from pipelines.errors import InvalidInput, UnsupportedTask
from pipelines.notices import cut, tell

ENDLESS = 100_000  # tokens: what stands for "no limit" in tokenizers
WORDS = ("prompt", "negative_prompt")
OURS = ("seed", "scheduler", "lora", "lora_scale")  # no arguments of a pipeline


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
