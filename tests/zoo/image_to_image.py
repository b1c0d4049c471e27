"""Stable Diffusion's pipeline for pictures, an editor, one that fills a part, Stable Diffusion 3's
of the checkpoint that draws from a text, and Swin2SR, which enlarges."""

import io
from functools import partial
from pathlib import Path
from typing import Any

import diffusers

from tests.zoo.painters import (
    editor,
    encoded,
    filler,
    half,
    image_to_image,
    photo,
    png,
    seeded,
    stable_diffusion_3,
)
from tests.zoo.tiny import Tiny
from tests.zoo.upscalers import TWICE, build, reference

TAG = "image-to-image"
PROMPT = "the quick brown fox"


def direct(folder: Path) -> Any:
    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder)
    image = pipe(
        PROMPT, image=photo(), strength=0.75, num_inference_steps=4, generator=seeded(7)
    ).images[0]
    return png(image, num_inference_steps=4, strength=0.75, seed=7)


def direct_3(folder: Path) -> Any:
    pipe = diffusers.StableDiffusion3Img2ImgPipeline.from_pretrained(
        folder, text_encoder_3=None, tokenizer_3=None
    )
    image = pipe(
        PROMPT, image=photo(), width=32, height=32, strength=0.75, num_inference_steps=4,
        generator=seeded(7),
    ).images[0]  # fmt: skip
    return png(image, num_inference_steps=4, strength=0.75, seed=7)


def direct_editor(folder: Path) -> Any:
    pipe = diffusers.StableDiffusionInstructPix2PixPipeline.from_pretrained(folder)
    image = pipe(
        PROMPT, image=photo(), image_guidance_scale=2.0, num_inference_steps=4, generator=seeded(7)
    ).images[0]
    return png(image, num_inference_steps=4, image_guidance_scale=2.0, seed=7)


def direct_filler(folder: Path) -> Any:
    pipe = diffusers.StableDiffusionInpaintPipeline.from_pretrained(folder)
    image = pipe(
        PROMPT, image=photo(), mask_image=half(), width=32, height=32, num_inference_steps=4,
        generator=seeded(7),
    ).images[0]  # fmt: skip
    return png(image, num_inference_steps=4, seed=7)


def enlarged(folder: Path) -> Any:
    file = io.BytesIO()
    reference(folder, photo()).save(file, "PNG")
    return {"content": file.getvalue(), "mime": "image/png"}


STEPS = {"prompt": PROMPT, "num_inference_steps": 4, "seed": 7}
BODY = {"inputs": encoded(photo()), "parameters": {**STEPS, "strength": 0.75}}
EDIT = {"inputs": encoded(photo()), "parameters": {**STEPS, "image_guidance_scale": 2.0}}
FILL = {"inputs": {"image": encoded(photo()), "mask": encoded(half())}, "parameters": STEPS}
ALONE = {"inputs": encoded(photo())}
TINY = [
    Tiny(TAG, "StableDiffusionImg2ImgPipeline", image_to_image, BODY, direct),
    Tiny(TAG, "StableDiffusion3Pipeline", stable_diffusion_3, BODY, direct_3),
    Tiny(TAG, "StableDiffusionInstructPix2PixPipeline", editor, EDIT, direct_editor),
    Tiny(TAG, "StableDiffusionInpaintPipeline", filler, FILL, direct_filler),
    Tiny(TAG, "Swin2SRForImageSuperResolution", partial(build, **TWICE), ALONE, enlarged),
]
