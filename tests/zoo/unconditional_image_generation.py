"""DDPM, which draws pixels, by its own scheduler and by DDIM's pipeline."""

from pathlib import Path
from typing import Any

import diffusers

from tests.zoo.painters import ddim, ddpm, png, seeded
from tests.zoo.tiny import Tiny

TAG = "unconditional-image-generation"


def direct(folder: Path) -> Any:
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder)
    image = pipe(num_inference_steps=4, generator=seeded(7)).images[0]
    return png(image, num_inference_steps=4, seed=7)


BODY = {"inputs": 7, "parameters": {"num_inference_steps": 4}}
TINY = [
    Tiny(TAG, "DDPMPipeline", ddpm, BODY, direct),
    Tiny(TAG, "DDIMPipeline", ddim, BODY, direct),
]
