"""AnimateDiff with its U-Net, and LTX-Video with its transformer."""

from pathlib import Path
from typing import Any

import diffusers

from pipelines.films import film
from tests.zoo.filmers import PROMPT, animate_diff, ltx
from tests.zoo.painters import seeded
from tests.zoo.tiny import Tiny

TAG = "text-to-video"
OPTIONS = {"num_inference_steps": 3, "guidance_scale": 4.0}
SMALL = {"height": 32, "width": 32}


def direct(folder: Path) -> Any:
    pipe = diffusers.AnimateDiffPipeline.from_pretrained(folder)
    made = pipe(
        PROMPT, **OPTIONS, num_frames=4, negative_prompt="lazy, dog", generator=seeded(7)
    ).frames[0]
    return film(made, 8)


def direct_ltx(folder: Path) -> Any:
    pipe = diffusers.LTXPipeline.from_pretrained(folder)
    made = pipe(PROMPT, **OPTIONS, **SMALL, num_frames=9, frame_rate=5, generator=seeded(7)).frames[
        0
    ]
    return film(made, 5)


BODY = {
    "inputs": PROMPT,
    "parameters": {**OPTIONS, "num_frames": 4, "negative_prompt": ["lazy", "dog"], "seed": 7},
}
LTX = {"inputs": PROMPT, "parameters": {**OPTIONS, **SMALL, "num_frames": 9, "fps": 5, "seed": 7}}
TINY = [
    Tiny(TAG, "AnimateDiffPipeline", animate_diff, BODY, direct),
    Tiny(TAG, "LTXPipeline", ltx, LTX, direct_ltx),
]
