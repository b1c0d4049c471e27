"""Stable Diffusion with its U-Net, and Stable Diffusion 3 with its transformer."""

from pathlib import Path
from typing import Any

import diffusers

from tests.zoo.painters import png, seeded, stable_diffusion, stable_diffusion_3
from tests.zoo.tiny import Tiny

TAG = "text-to-image"
PROMPT = "the quick brown fox"
OPTIONS = {"num_inference_steps": 3, "guidance_scale": 4.0, "negative_prompt": "lazy dog"}


def direct(folder: Path) -> Any:
    pipe = diffusers.DiffusionPipeline.from_pretrained(
        folder, text_encoder_3=None, tokenizer_3=None
    )
    image = pipe(PROMPT, **OPTIONS, generator=seeded(7)).images[0]
    return png(image, num_inference_steps=3, guidance_scale=4.0, seed=7)


def direct_unet(folder: Path) -> Any:
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(folder)
    image = pipe(PROMPT, **OPTIONS, generator=seeded(7)).images[0]
    return png(image, num_inference_steps=3, guidance_scale=4.0, seed=7)


BODY = {"inputs": PROMPT, "parameters": {**OPTIONS, "seed": 7}}
TINY = [
    Tiny(TAG, "StableDiffusionPipeline", stable_diffusion, BODY, direct_unet),
    Tiny(TAG, "StableDiffusion3Pipeline", stable_diffusion_3, BODY, direct),
]
