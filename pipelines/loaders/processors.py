"""The processor of a model that reads pictures, sounds or videos beside text."""

import json
from importlib.util import find_spec
from typing import Any

from pipelines.loaders.clips import stand_in
from pipelines.loaders.transformers import options
from pipelines.model import Model

FILES = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")


def processor_of(model: Model) -> Any:
    """transformers' own processor; without torchvision, one whose video processor is a stand-in."""
    from transformers import AutoProcessor

    kind = class_of(model)
    sees_videos = kind is not None and "video_processor" in kind.get_attributes()
    if sees_videos and find_spec("torchvision") is None:
        return without_torchvision(model, kind)
    return AutoProcessor.from_pretrained(model.path, **options(model))


def class_of(model: Model) -> Any:
    """The processor's class, which AutoProcessor would choose: by the model's files, else by its
    type. None if there is none."""
    from transformers.models.auto.processing_auto import (
        PROCESSOR_MAPPING_NAMES,
        processor_class_from_name,
    )

    named = (read(model, file).get("processor_class") for file in FILES)
    usual = PROCESSOR_MAPPING_NAMES.get(model.config.get("model_type"))
    return processor_class_from_name(next(filter(None, named), usual) or "")


def read(model: Model, name: str) -> dict[str, Any]:
    """A JSON file of the model's folder; empty if it is not there."""
    path = model.path / name
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def without_torchvision(model: Model, kind: Any) -> Any:
    """The processor with every other part as the library loads it."""
    import transformers

    class Lenient(kind):  # type: ignore[misc]
        """Takes the stand-in, which is none of the library's video processors."""

        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument_name == "video_processor":
                return None
            return super().check_argument_for_proper_class(argument_name, argument)

    load = {
        "image_processor": transformers.AutoImageProcessor,
        "feature_extractor": transformers.AutoFeatureExtractor,
        "tokenizer": transformers.AutoTokenizer,
        "qformer_tokenizer": transformers.AutoTokenizer,
    }
    parts: dict[str, Any] = {
        "video_processor": stand_in(str(model.config.get("model_type")), videos(model))
    }
    for name in kind.get_attributes():
        if name not in parts:
            parts[name] = load[name].from_pretrained(model.path, **options(model))
    own, _ = kind.get_processor_dict(model.path, **options(model))
    allowed = kind.__init__.__code__.co_varnames[: kind.__init__.__code__.co_argcount]
    more = {key: value for key, value in own.items() if key in allowed and key not in parts}
    return Lenient(**parts, **more)


def videos(model: Model) -> dict[str, Any]:
    """Settings of the model's video processor: a file of its own, a part of the processor's, or
    what it shares with the pictures."""
    return (
        read(model, "processor_config.json").get("video_processor")
        or read(model, "video_preprocessor_config.json")
        or read(model, "preprocessor_config.json")
    )
