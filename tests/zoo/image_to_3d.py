"""Shap-E of pictures."""

from pathlib import Path
from typing import Any

import diffusers

from tests.zoo.makers import shap_e_of_pictures, turned
from tests.zoo.painters import encoded, photo, seeded
from tests.zoo.tiny import Tiny

TAG = "image-to-3d"


def direct(folder: Path) -> Any:
    pipe = diffusers.ShapEImg2ImgPipeline.from_pretrained(folder)
    made = pipe(photo(), num_inference_steps=2, output_type="mesh", generator=seeded(7)).images[0]
    return turned(made)


BODY = {"inputs": encoded(photo()), "parameters": {"num_inference_steps": 2, "seed": 7}}
TINY = [Tiny(TAG, "ShapEImg2ImgPipeline", shap_e_of_pictures, BODY, direct)]
