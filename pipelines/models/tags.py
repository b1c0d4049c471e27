"""A model's pipeline tag and library: from its card, else from its files, else from its config.

The order is the Hub's own (`huggingface.co/docs/hub/models-widgets`).
"""

from collections.abc import Mapping
from typing import Any

from pipelines.models.architectures import (
    DIFFUSERS,
    TRANSFORMERS,
    diffusers_tag,
    is_encoder,
    is_generator,
    transformers_tag,
)
from pipelines.models.evidence import Evidence
from pipelines.models.listing import PICKLES

# Tags that the Hub once had, or that cards carry in other words
OLD_TAGS = {
    "text2text-generation": "text-generation",
    "conversational": "text-generation",
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "vqa": "visual-question-answering",
}
TAGS = frozenset(TRANSFORMERS) | frozenset(DIFFUSERS) | {
    "text-generation", "summarization", "zero-shot-classification", "sentence-similarity",
    "feature-extraction", "text-ranking", "text-to-image", "voice-activity-detection",
    "audio-text-to-text", "any-to-any", "tabular-classification", "tabular-regression",
    "reinforcement-learning", "robotics", "graph-ml",
}  # fmt: skip
LIBRARIES = frozenset(
    {
        "transformers", "sentence-transformers", "diffusers", "sklearn", "timm", "peft", "gguf",
        "spacy", "flair", "stanza", "span-marker", "setfit", "fasttext", "speechbrain", "espnet",
        "nemo", "asteroid", "open_clip", "keras", "fastai", "pyannote-audio", "ultralytics",
        "stable-baselines3", "ml-agents", "onnx", "mlx", "paddlenlp",
    }
)  # fmt: skip
VISION_KEYS = ("image_size", "patch_size", "num_channels")


def tag_of(found: Evidence) -> str | None:
    """The pipeline tag of a model, or None where nothing in its files names one."""
    return (
        card_tag(found.card)
        or library_tag(found)
        or config_tag(found.config)
        or next((current(tag) for tag in free_tags(found.card) if current(tag) in TAGS), None)
        or ("text-generation" if only_gguf(found) else None)
    )


def current(tag: str) -> str:
    """A tag in today's words: `text2text-generation` is `text-generation` now."""
    return "translation" if tag.startswith("translation_") else OLD_TAGS.get(tag, tag)


def card_tag(card: Mapping[str, Any]) -> str | None:
    tag = card.get("pipeline_tag")
    return current(tag.strip()) if isinstance(tag, str) and tag.strip() else None


def library_tag(found: Evidence) -> str | None:
    """From the files that a library other than transformers leaves in the folder."""
    kind = found.sentence_transformers.get("model_type")
    if kind == "CrossEncoder" or ("sentence_transformers" in found.config and not found.modules):
        return "text-ranking"
    if found.modules or kind:
        return "feature-extraction" if kind == "SparseEncoder" else "sentence-similarity"
    if found.diffusers:
        return diffusers_tag(str(found.diffusers.get("_class_name")))
    about = found.config.get("sklearn")
    task = about.get("task") if isinstance(about, Mapping) else None
    return task if isinstance(task, str) else None


def config_tag(config: Mapping[str, Any]) -> str | None:
    """From the first architecture in `config.json` that says anything."""
    if is_timm(config):
        return "image-classification"
    tags = (architecture_tag(name, config) for name in architectures(config))
    return next((tag for tag in tags if tag), None)


def architecture_tag(name: str, config: Mapping[str, Any]) -> str | None:
    """A generator is told apart by what it reads, an encoder by whether it sees."""
    if tag := transformers_tag(name):
        return tag
    if is_generator(name) and "vision_config" in config:
        return "image-text-to-text"
    if is_generator(name):
        return "audio-text-to-text" if "audio_config" in config else "text-generation"
    if is_encoder(name):
        sees = any(key in config for key in VISION_KEYS) and "vocab_size" not in config
        return "image-feature-extraction" if sees else "feature-extraction"
    return None


def architectures(config: Mapping[str, Any]) -> tuple[str, ...]:
    names = config.get("architectures")
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def pipeline_class(index: Mapping[str, Any]) -> tuple[str, ...]:
    """The class that a `model_index.json` names, which stands for an architecture."""
    name = index.get("_class_name")
    return (name,) if isinstance(name, str) else ()


def library_of(found: Evidence) -> str | None:
    """The Hub's name of the library that loads a model, or None."""
    if only_gguf(found):
        return "gguf"  # whatever the card says, no other library reads these files
    name = found.card.get("library_name")
    if isinstance(name, str) and name.strip():
        return name.strip()
    tagged = next((tag for tag in free_tags(found.card) if tag in LIBRARIES), None)
    return library_from_files(found) or tagged


def library_from_files(found: Evidence) -> str | None:
    if found.modules or found.sentence_transformers or "sentence_transformers" in found.config:
        return "sentence-transformers"
    if found.diffusers:
        return "diffusers"
    if "sklearn" in found.config or found.has(".skops"):
        return "sklearn"
    if is_timm(found.config):
        return "timm"
    if "adapter_config.json" in found.files and "config.json" not in found.files:
        return "peft"
    return "transformers" if "model_type" in found.config or architectures(found.config) else None


def is_timm(config: Mapping[str, Any]) -> bool:
    return "pretrained_cfg" in config and isinstance(config.get("architecture"), str)


def only_gguf(found: Evidence) -> bool:
    return found.has(".gguf") and not found.has(".safetensors", *PICKLES)


def free_tags(card: Mapping[str, Any]) -> list[str]:
    tags = card.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
