"""Models that watch a video: some of its frames, prepared as pictures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.hardware import Hardware
from pipelines.loaders.encoder import refuse_random
from pipelines.loaders.seeing import fit_to_see
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.video import Clip

# The image processor that does what a video processor does, frame by frame, without torchvision
EQUAL = {
    "VideoMAEVideoProcessor": "VideoMAEImageProcessorPil",
    "TimesformerVideoProcessor": "VideoMAEImageProcessorPil",
    "VivitVideoProcessor": "VivitImageProcessor",
}
USUAL = 16  # frames, where a configuration says nothing
OLD, NEW = "preprocessor_config.json", "video_preprocessor_config.json"


@dataclass(frozen=True)
class Watcher:
    """A video classifier, and what prepares its frames."""

    model: Any
    frames: Any

    @property
    def usual(self) -> int:
        """Frames that it was trained to see."""
        config = self.model.config
        named = (getattr(config, name, None) for name in ("num_frames", "frames_per_clip"))
        return next((int(count) for count in named if count), USUAL)

    def logits(self, pictures: Sequence[Image.Image]) -> Any:
        """Its scores for a video of these frames, of shape (labels,).

        Raises InvalidInput for a number of frames that it cannot take.
        """
        import torch

        with fit_to_see(pictures[0]):
            given = self.frames(list(pictures), return_tensors="pt")
        given = given.to(self.model.device, self.model.dtype)
        try:
            with torch.inference_mode():
                return self.model(**given).logits[0].float().cpu()
        except (RuntimeError, ValueError) as error:
            if len(pictures) == self.usual:
                raise
            raise InvalidInput(
                f"parameters.num_frames: this model sees {self.usual} frames, not "
                f"{len(pictures)}. Leave it out."
            ) from error


def sampled(clip: Clip, count: int, every: int | None) -> list[Image.Image]:
    """`count` frames: of the whole video, evenly, or from its start with so many of a step.

    The first is how transformers' video processors choose, the second how its pipeline does
    without one. A video that is too short stands still at its end; that is told.
    """
    there = clip.count()
    if there < count or (every and there <= (count - 1) * every):
        tell(f"Frames of this video: {there:,}, fewer than the model looks for; some are repeated.")
    if every:
        return clip.pick(spaced(count * every - 1, count))
    return clip.pick([at * there // count for at in range(count)])


def spaced(last: int, count: int) -> list[int]:
    """Whole numbers from 0 to `last`, evenly, rounded down."""
    return [at * last // max(count - 1, 1) for at in range(count)]


def load(model: Model, hardware: Hardware) -> Watcher:
    """Raises MissingPackage where the frames can only be prepared by torchvision."""
    import transformers

    check(model)
    frames = processor(model)
    loaded, report = transformers.AutoModelForVideoClassification.from_pretrained(
        model.path, output_loading_info=True, **options(model), **weights(model, hardware)
    )
    kind, missing = "VideoClassification", report["missing_keys"]
    refuse_random(model, kind, loaded.base_model_prefix, missing)
    return Watcher(loaded.to(hardware.device).eval(), frames)


def processor(model: Model) -> Any:
    """An image processor where there is one that does the same, else the video processor."""
    import transformers

    if (model.path / OLD).is_file() and not (model.path / NEW).is_file():
        return transformers.AutoImageProcessor.from_pretrained(model.path, **options(model))
    file = model.path / NEW
    about = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    kind = about.get("video_processor_type")
    if kind in EQUAL:
        made = getattr(transformers, EQUAL[kind])
        known = made().to_dict().keys() - {"image_processor_type"}
        return made(**{name: value for name, value in about.items() if name in known})
    return by_torchvision(model)


def by_torchvision(model: Model) -> Any:
    from importlib.util import find_spec

    import transformers

    if find_spec("torchvision") is None:
        raise MissingPackage(
            f"{model.id} prepares its frames with torchvision, which is not installed. Install "
            "torchvision beside Tagline and load the model again."
        )
    return transformers.AutoVideoProcessor.from_pretrained(model.path, **options(model))
