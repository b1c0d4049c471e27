"""Handwritten digits, drawn by diffusion."""

import json
import re
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = {name: digit for digit, name in enumerate(NAMES)} | {str(i): i for i in range(10)}
# What may stand around the name of a digit without asking for something else.
AROUND = {"a", "an", "the", "digit", "number", "numeral", "figure", "handwritten", "written"}
AROUND |= {"drawn", "by", "hand", "image", "picture", "photo", "drawing", "of", "draw", "write"}
NAMELESS = 10  # the class of a digit whose name is not told
SIDE = 8  # pixels that the net draws, square
SMALLEST, LARGEST = SIDE, 1024  # pixels of a picture
MOST = 8  # pictures at once
SEEDS = 2**32  # how many there are
ANY = -1  # a seed that is drawn
STEPS, GUIDANCE = 30, 2.0


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        from diffusers import DDIMScheduler, UNet2DModel

        folder = Path(path or Path(__file__).parent)
        self.model = UNet2DModel.from_pretrained(folder / "unet").eval()
        self.scheduler = DDIMScheduler.from_pretrained(folder / "scheduler")

    def __call__(self, data: dict[str, Any]) -> Image.Image | list[Image.Image]:
        """The digit that `inputs` names; or any, if `inputs` is no text but the seed to draw by.

        Of several pictures each next one has the next seed.
        """
        wishes = settings(**(data.get("parameters") or {}))
        digit, seed = asked(data["inputs"], wishes["seed"])
        generators = generators_of(seed, wishes["count"])
        names = [
            int(torch.randint(10, (), generator=each)) if digit is None else digit
            for each in generators
        ]
        pictures = draw(
            self.model,
            self.scheduler,
            torch.tensor(names),
            generators,
            wishes["steps"],
            wishes["guidance"],
        )
        found = [image(picture, wishes["size"]) for picture in pictures]
        for each, by in zip(found, generators, strict=True):  # so that it can be drawn again
            each.info["parameters"] = json.dumps({"seed": by.initial_seed()})
        return found if len(found) > 1 else found[0]


def draw(
    model: Any,
    scheduler: Any,
    names: Tensor,
    generators: list[torch.Generator],
    steps: int,
    guidance: float,
) -> Tensor:
    """Pictures of the digits `names`: count x 8 x 8, from -1 (black) to 1 (ink).

    DDIM (Song et al. 2020), with classifier-free guidance (Ho and Salimans 2022): away from what
    the model draws when it is told no name.
    """
    shape = (1, SIDE, SIDE)
    pictures = torch.stack([torch.randn(shape, generator=each) for each in generators])
    scheduler.set_timesteps(steps)
    nameless = torch.full_like(names, NAMELESS)
    with torch.inference_mode():
        for time in scheduler.timesteps:
            found = model(pictures, time, class_labels=names).sample
            if guidance != 1:
                plain = model(pictures, time, class_labels=nameless).sample
                found = plain + guidance * (found - plain)
            # Else guidance, which leaves the range of colours, adds up to noise over the steps.
            pictures = scheduler.step(
                found, time, pictures, use_clipped_model_output=True
            ).prev_sample
    return pictures[:, 0].clamp(-1, 1)


def image(picture: Tensor, size: tuple[int, int]) -> Image.Image:
    """A grey picture of `size`: width, height."""
    grey = ((picture + 1) * 127.5).round().to(torch.uint8).numpy()
    return Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC).convert("RGB")


def asked(inputs: Any, seed: int | None) -> tuple[int | None, int | None]:
    """The digit to draw, None if any will do, and the seed."""
    if isinstance(inputs, str):
        return digit_in(inputs), seed
    if isinstance(inputs, int):
        within("inputs", inputs, ANY, SEEDS - 1)
        if seed not in (None, inputs):
            raise ValueError(f"inputs is the seed {inputs}, and the parameter seed is {seed}.")
        return None, None if inputs == ANY else inputs
    raise ValueError("inputs must be a text that names a digit, or a number: the seed.")


def digit_in(text: str) -> int:
    words = re.findall(r"[^\W\d_]+|\d+", text.lower())
    named = {DIGITS[word] for word in words if word in DIGITS}
    strange = [word for word in words if word not in DIGITS and word not in AROUND]
    if len(named) != 1 or strange:
        raise ValueError(
            "This model draws one handwritten digit. Name it, such as '3', 'three' or 'the digit "
            "three': 0 to 9, or zero to nine. It knows nothing else."
        )
    return named.pop()


def generators_of(seed: int | None, count: int) -> list[torch.Generator]:
    """One for each picture; without a seed, the first one is drawn."""
    first = torch.Generator().seed() % SEEDS if seed is None else seed
    return [torch.Generator().manual_seed((first + more) % SEEDS) for more in range(count)]


def settings(
    seed: int | None = None,
    num_inference_steps: int = STEPS,
    guidance_scale: float = GUIDANCE,
    num_images_per_prompt: int = 1,
    batch_size: int = 1,
    width: int = 128,
    height: int = 128,
    **others: Any,
) -> dict[str, Any]:
    """The parameters of diffusers' pipelines that this model can honour, checked."""
    if others:
        raise ValueError(
            f"{', '.join(others)}: this model takes seed, num_inference_steps, guidance_scale, "
            "num_images_per_prompt or batch_size, width and height."
        )
    within("seed", 0 if seed is None else seed, 0, SEEDS - 1)
    within("num_inference_steps", num_inference_steps, 1, 400)
    within("guidance_scale", guidance_scale, 0, 20)
    within("num_images_per_prompt", num_images_per_prompt, 1, MOST)
    within("batch_size", batch_size, 1, MOST)
    within("width", width, SMALLEST, LARGEST)
    within("height", height, SMALLEST, LARGEST)
    return {
        "seed": seed,
        "steps": num_inference_steps,
        "guidance": guidance_scale,
        "count": max(num_images_per_prompt, batch_size),
        "size": (width, height),
    }


def within(name: str, value: float, least: int, most: int) -> None:
    if not least <= value <= most or (name != "guidance_scale" and not isinstance(value, int)):
        kind = "a number" if name == "guidance_scale" else "a whole number"
        raise ValueError(f"{name} is {value}: it must be {kind} from {least} to {most}.")
