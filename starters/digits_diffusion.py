"""The writer of digits: a small diffusion model, learnt here, with its sampler in handler.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import adapters, card, handler
from starters.build import Starter
from starters.wheels import Wheel

LEARNT = adapters.FOLDER / "digits-diffusion.safetensors"
NEEDS = ("diffusers>=0.42,<0.43",)

UNET: dict[str, Any] = {
    "sample_size": 8,
    "in_channels": 1,
    "out_channels": 1,
    "layers_per_block": 1,
    "block_out_channels": (48, 96),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "norm_num_groups": 8,
    "num_class_embeds": 11,  # ten digits, and none of them
}
SCHEDULER: dict[str, Any] = {
    "num_train_timesteps": 400,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
}

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "apache-2.0",
    "library_name": "diffusers",
    "pipeline_tag": "text-to-image",
    "tags": [
        "diffusers",
        "safetensors",
        "text-to-image",
        "unconditional-image-generation",
        "digits",
        "endpoints-template",
    ],
    "widget": [
        {"text": "the digit three", "parameters": {"seed": 3}},
        {"text": "7", "parameters": {"seed": 7}},
    ],
}
BODY = """
# Digits diffusion

Draws one handwritten digit: a diffusion model of {parameters:,} parameters that draws 8 x 8
pixels, which are then enlarged. Learnt from {learnt_from:,} of the 1,797 digits that come with
scikit-learn.

**Good for** seeing how text-to-image works, in half a second on a processor: a prompt, a seed,
steps, guidance. **Not for** anything but one digit from 0 to 9: another prompt is refused.

Asked for {drawn} digits, {of_each} of each, with default settings, it drew what
`tagline/digits-vit` reads as the digit asked for **{agreed} times ({share:.1%})**; none was left
out. That reader itself gets {reader:.1%} of real digits right that neither model had seen. From the
one most like it that the model learnt from, the median digit drawn is {nearest:.2f} away, and the
median held-out digit {nearest_held_out:.2f} (Euclidean, 64 pixels from -1 to 1): it draws digits of
its own, a little less odd than people's.

`inputs` names the digit: `3`, `three`, `the digit three`. With a whole number for `inputs` instead
it takes that for the seed, and draws any digit (`unconditional-image-generation`). Parameters:
`seed`, `num_inference_steps` (30), `guidance_scale` (2; 1 is none), `num_images_per_prompt` or
`batch_size` (1), `width` and `height` (128).
"""
HOW = """
## Provenance

Learnt by `starters/training/digits.py` of Tagline, from nothing. `unet` and `scheduler` are
diffusers' own `UNet2DModel` and `DDIMScheduler`; diffusers has no pipeline for a `UNet2DModel` that
is told a class, so `handler.py` has the sampling. The digits: E. Alpaydin and C. Kaynak, [Optical
Recognition of Handwritten Digits](https://doi.org/10.24432/C50P49) (1998), CC BY 4.0, as
scikit-learn holds them.
"""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from diffusers import DDIMScheduler, UNet2DModel

    learnt, measured = adapters.read(LEARNT)
    model = UNet2DModel(**UNET)
    model.load_state_dict(learnt)
    model.save_pretrained(folder / "unet")
    DDIMScheduler(**SCHEDULER).save_pretrained(folder / "scheduler")
    handler.write(folder, "digits_diffusion", NEEDS, image_size=UNET["sample_size"])
    share = measured["agreed"] / measured["drawn"]
    card.write(folder, BODY.format(**measured, share=share) + HOW, **FRONT)


STARTER = Starter(
    id="tagline/digits-diffusion",
    build=build,
    sources=(__file__, adapters.__file__, handler.__file__, handler.source("digits_diffusion"))
    + (str(LEARNT),),
)
