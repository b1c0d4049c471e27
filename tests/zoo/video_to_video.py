"""AnimateDiff's checkpoint for texts, which films videos anew too."""

from pathlib import Path
from typing import Any

import diffusers

from pipelines.films import film
from pipelines.video import Clip
from tests.zoo.filmers import PROMPT, animate_diff, encoded, footage
from tests.zoo.painters import seeded
from tests.zoo.tiny import Tiny

TAG = "video-to-video"


def direct(folder: Path) -> Any:
    pipe = diffusers.AnimateDiffVideoToVideoPipeline.from_pretrained(folder)
    frames = Clip(footage(), 60, 10_000, 16).pick([0, 2, 3, 5])
    made = pipe(
        frames, PROMPT, width=32, height=32, num_inference_steps=4, strength=0.5,
        generator=seeded(7),
    ).frames[0]  # fmt: skip
    return film(made, 8 * 4 / 6)  # as long as the video that went in


BODY = {
    "inputs": encoded(footage()),
    "parameters": {
        "prompt": PROMPT, "num_inference_steps": 4, "strength": 0.5, "num_frames": 4, "seed": 7
    },
}  # fmt: skip
TINY = [Tiny(TAG, "AnimateDiffPipeline", animate_diff, BODY, direct)]
