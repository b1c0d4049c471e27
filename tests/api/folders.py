"""Model folders that cannot be served, each for another reason. They are tiny and made here."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import EMBEDDER, STARTERS

TEXT_MODEL = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}


def write(folder: Path, config: dict[str, Any] | str, card: str, **files: bytes) -> None:
    folder.mkdir(parents=True)
    text = config if isinstance(config, str) else json.dumps(config)
    (folder / "config.json").write_text(text)
    (folder / "README.md").write_text(f"---\n{card}\n---\n")
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)


def tensors() -> bytes:
    """A safetensors file of one number."""
    about = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    header = json.dumps(about).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


def text_card(library: str = "transformers") -> str:
    return f"pipeline_tag: text-generation\nlibrary_name: {library}"


def cut_weights(folder: Path) -> None:
    shutil.copytree(STARTERS / EMBEDDER, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])


def no_weights(folder: Path) -> None:
    shutil.copytree(STARTERS / EMBEDDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))


def pickle(folder: Path) -> None:
    write(folder, TEXT_MODEL, text_card(), pytorch_model__bin=b"\x80\x04.")


def remote_code(folder: Path) -> None:
    auto = {"AutoModelForCausalLM": "modeling_own.OwnForCausalLM"}
    config = {"architectures": ["OwnForCausalLM"], "model_type": "own", "auto_map": auto}
    trap = b"raise SystemExit('this code must never run')"
    write(folder, config, text_card(), model__safetensors=tensors(), modeling_own__py=trap)


def unknown_type(folder: Path) -> None:
    config = {"architectures": ["NonesuchForCausalLM"], "model_type": "nonesuch"}
    write(folder, config, text_card(), model__safetensors=tensors())


def missing_package(folder: Path) -> None:
    config = {"architectures": ["TimmWrapperForImageClassification"], "model_type": "timm_wrapper",
              "architecture": "resnet18", "num_labels": 2}  # fmt: skip
    card = "pipeline_tag: image-classification\nlibrary_name: transformers"
    write(folder, config, card, model__safetensors=tensors())


def foreign_library(folder: Path) -> None:
    write(folder, {}, text_card("nemo"), model__safetensors=tensors())


def foreign_task(folder: Path) -> None:
    config = {"architectures": ["LlamaForSequenceJuggling"], "model_type": "llama"}
    card = "pipeline_tag: sentence-juggling\nlibrary_name: transformers"
    write(folder, config, card, model__safetensors=tensors())


def broken_config(folder: Path) -> None:
    write(folder, '{"model_type": ', text_card(), model__safetensors=tensors())


def wrong_config(folder: Path) -> None:
    config = TEXT_MODEL | {"hidden_size": "wide"}
    write(folder, config, text_card(), model__safetensors=tensors())


def no_tokenizer(folder: Path) -> None:
    write(folder, TEXT_MODEL, text_card(), model__safetensors=tensors())


# Status and words of the error that each gets
BROKEN: dict[Callable[[Path], None], tuple[int, tuple[str, ...]]] = {
    cut_weights: (500, ("model.safetensors is damaged", "download it again")),
    no_weights: (500, ("no *.safetensors file", "Download it again")),
    pickle: (403, ("pytorch_model.bin, a pickle", "TAGLINE_TRUSTED_PICKLE")),
    remote_code: (403, ("own repository", "TAGLINE_TRUSTED_CODE")),
    unknown_type: (422, ("nonesuch", "Upgrade transformers")),
    missing_package: (422, ("timm", "not installed")),
    foreign_library: (400, ("library nemo", "text-generation")),
    foreign_task: (400, ("sentence-juggling", "text-generation")),
    broken_config: (400, ("can do none of the tasks",)),
    wrong_config: (500, ("cannot be loaded",)),
    no_tokenizer: (500, ("cannot be loaded",)),
}


def build(root: Path) -> None:
    for make in BROKEN:
        make(root / "acme" / make.__name__)
