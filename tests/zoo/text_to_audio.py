"""MusicGen; VITS, which carries this tag as well; and Stable Audio."""

from functools import partial
from pathlib import Path
from typing import Any

import diffusers

from pipelines.encode import encode
from tests.zoo.makers import RATE, stable_audio
from tests.zoo.painters import seeded
from tests.zoo.tiny import Tiny
from tests.zoo.voices import TEXT, build_musicgen, build_vits, say_vits, sing_musicgen

TAG = "text-to-audio"
SHORT: dict[str, Any] = {"max_new_tokens": 12, "do_sample": True}


def compose(folder: Path) -> Any:
    pipe = diffusers.StableAudioPipeline.from_pretrained(folder)
    made = pipe(
        TEXT, negative_prompt="noise", num_inference_steps=3, guidance_scale=2.0,
        audio_end_in_s=0.3, generator=seeded(5),
    ).audios[0]  # fmt: skip
    return encode(made.numpy(), RATE)


COMPOSE = {
    "negative_prompt": "noise", "num_inference_steps": 3, "guidance_scale": 2.0, "duration": 0.3,
    "seed": 5,
}  # fmt: skip
TINY = [
    Tiny(
        TAG,
        "MusicgenForConditionalGeneration",
        build_musicgen,
        {"inputs": TEXT, "parameters": {"seed": 5, **SHORT}},
        partial(sing_musicgen, seed=5, **SHORT),
    ),
    Tiny(
        TAG,
        "VitsModel",
        partial(build_vits, tag=TAG),
        {"inputs": TEXT, "parameters": {"seed": 7}},
        partial(say_vits, seed=7),
    ),
    Tiny(
        TAG,
        "StableAudioPipeline",
        stable_audio,
        {"inputs": TEXT, "parameters": COMPOSE},
        compose,
    ),
]
