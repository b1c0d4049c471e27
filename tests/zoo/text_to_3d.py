"""Shap-E."""

from pathlib import Path
from typing import Any

import diffusers

from tests.zoo.makers import shap_e, turned
from tests.zoo.painters import seeded
from tests.zoo.tiny import Tiny

TAG = "text-to-3d"
PROMPT = "the quick brown fox"


def direct(folder: Path) -> Any:
    pipe = diffusers.ShapEPipeline.from_pretrained(folder)
    made = pipe(
        PROMPT, num_inference_steps=2, guidance_scale=3.0, output_type="mesh", generator=seeded(7)
    ).images[0]
    return turned(made)


BODY = {
    "inputs": PROMPT,
    "parameters": {"num_inference_steps": 2, "guidance_scale": 3.0, "seed": 7},
}
TINY = [Tiny(TAG, "ShapEPipeline", shap_e, BODY, direct)]
