"""An editor, told in words what to change."""

from pathlib import Path
from typing import Any

import diffusers

from tests.zoo.filmers import quick
from tests.zoo.painters import editor, encoded, photo, png, seeded
from tests.zoo.tiny import Tiny

TAG = "image-text-to-image"
PROMPT = "the quick brown fox"


def build(folder: Path) -> None:
    editor(folder, TAG)
    quick(folder, TAG)


def direct(folder: Path) -> Any:
    pipe = diffusers.StableDiffusionInstructPix2PixPipeline.from_pretrained(folder)
    image = pipe(
        PROMPT, image=photo(), image_guidance_scale=2.0, num_inference_steps=4, generator=seeded(7)
    ).images[0]
    return png(image, num_inference_steps=4, image_guidance_scale=2.0, seed=7)


BODY = {
    "inputs": {"prompt": PROMPT, "image": encoded(photo())},
    "parameters": {"num_inference_steps": 4, "image_guidance_scale": 2.0, "seed": 7},
}
TINY = [Tiny(TAG, "StableDiffusionInstructPix2PixPipeline", build, BODY, direct)]
