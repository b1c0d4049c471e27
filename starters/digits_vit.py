"""The reader of digits: a small vision transformer, learnt here."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import adapters, card, samples
from starters.build import Starter
from starters.wheels import Wheel

LEARNT = adapters.FOLDER / "digits-vit.safetensors"
SIDE = 16  # pixels that the net sees, square

FRONT: dict[str, Any] = {
    "license": "apache-2.0",
    "library_name": "transformers",
    "pipeline_tag": "image-classification",
    "tags": ["transformers", "safetensors", "vit", "vision", "digits"],
    "widget": [{"src": "digit.png", "example_title": "A digit"}],
}
BODY = """
# Digits ViT

Reads one handwritten digit: a vision transformer of {parameters:,} parameters that sees 16 x 16
pixels. Learnt from {learnt_from:,} of the 1,797 digits that come with scikit-learn (8 x 8 pixels,
from 43 people). Of the other {held_out} it gets **{right} right ({share:.1%})**; from the same
digits enlarged to 64 x 64 it gets {right_enlarged}, and dark on light {right_dark}.

**Good for** a picture of a single digit that fills it, light on dark or dark on light. **Not for**
several digits, house numbers, print, letters, or a digit that is small in its picture: whatever it
is shown, it names one of the ten. Ones and sevens with a bar across, as some people write them,
are rare in what it learnt from.
"""
HOW = """
## Provenance

Learnt by `starters/training/digits.py` of Tagline, from nothing, with turned, slanted, scaled,
shifted, faint and inverted copies. The digits: E. Alpaydin and C. Kaynak, [Optical Recognition of
Handwritten Digits](https://doi.org/10.24432/C50P49) (1998), CC BY 4.0, as scikit-learn holds them.
"""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from transformers import ViTForImageClassification

    learnt, measured = adapters.read(LEARNT)
    model = ViTForImageClassification(config())
    model.load_state_dict(learnt)
    model.save_pretrained(folder)
    save_processor(folder)
    share = measured["right"] / measured["held_out"]
    samples.copy("digit.png", folder)
    card.write(folder, BODY.format(**measured, share=share) + HOW, **FRONT)


def config() -> Any:
    """The net's shape. Its three channels are the same for grey pictures, which it learnt from."""
    from transformers import ViTConfig

    names = {digit: str(digit) for digit in range(10)}
    return ViTConfig(
        image_size=SIDE,
        patch_size=4,
        hidden_size=64,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=128,
        id2label=names,
        label2id={name: digit for digit, name in names.items()},
    )


def save_processor(folder: Path) -> None:
    """Any picture at the net's size, from -1 to 1. Written by hand: which class of transformers
    reads it depends on whether torchvision is installed."""
    about = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": SIDE, "width": SIDE},
        "resample": 3,  # bicubic
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(about, indent=2) + "\n")


STARTER = Starter(
    id="tagline/digits-vit",
    build=build,
    sources=(__file__, adapters.__file__, str(LEARNT), samples.__file__),
)
