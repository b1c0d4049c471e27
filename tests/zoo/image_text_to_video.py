"""LTX-Video, from a picture on and without one."""

from functools import partial
from pathlib import Path
from typing import Any

import diffusers

from pipelines.films import film
from tests.zoo.filmers import PROMPT, ltx
from tests.zoo.painters import encoded, photo, seeded
from tests.zoo.tiny import Tiny

TAG = "image-text-to-video"
SIZE = {"width": 32, "height": 32}
OPTIONS = {"num_inference_steps": 3, "num_frames": 9}


def direct(folder: Path) -> Any:
    pipe = diffusers.LTXImageToVideoPipeline.from_pretrained(folder)
    made = pipe(photo(), PROMPT, **SIZE, **OPTIONS, generator=seeded(7)).frames[0]
    return film(made, 25)


# As the Hub's specification has it: the words among the parameters
BODY = {
    "inputs": encoded(photo()),
    "parameters": {**OPTIONS, "prompt": PROMPT, "target_size": SIZE, "seed": 7},
}
TINY = [Tiny(TAG, "LTXPipeline", partial(ltx, tag=TAG), BODY, direct)]
