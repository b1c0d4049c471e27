"""Stable Video Diffusion; and LTX-Video's checkpoint for texts, which sets pictures moving too."""

from pathlib import Path
from typing import Any

import diffusers

from pipelines.films import film
from tests.zoo.filmers import PROMPT, ltx, stable_video
from tests.zoo.painters import encoded, photo, seeded
from tests.zoo.tiny import Tiny

TAG = "image-to-video"
SIZE = {"width": 32, "height": 32}
STEPS = {"num_inference_steps": 3, "seed": 7}


def direct(folder: Path) -> Any:
    pipe = diffusers.StableVideoDiffusionPipeline.from_pretrained(folder)
    made = pipe(
        photo(), **SIZE, num_frames=4, num_inference_steps=3, fps=5, motion_bucket_id=60,
        generator=seeded(7),
    ).frames[0]  # fmt: skip
    return film(made, 5)


def direct_ltx(folder: Path) -> Any:
    pipe = diffusers.LTXImageToVideoPipeline.from_pretrained(folder)
    made = pipe(
        photo(), PROMPT, **SIZE, num_frames=9, num_inference_steps=3, generator=seeded(7)
    ).frames[0]
    return film(made, 25)


BODY = {
    "inputs": encoded(photo()),
    "parameters": {
        **STEPS, "num_frames": 4, "fps": 5, "motion_bucket_id": 60, "target_size": SIZE
    },
}  # fmt: skip
LTX = {
    "inputs": encoded(photo()),
    "parameters": {**STEPS, "prompt": PROMPT, "num_frames": 9, "target_size": SIZE},
}
TINY = [
    Tiny(TAG, "StableVideoDiffusionPipeline", stable_video, BODY, direct),
    Tiny(TAG, "LTXPipeline", ltx, LTX, direct_ltx),
]
