"""Pictures made larger or cleaner by transformers' image-to-image models: Swin2SR."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.pictures import picture
from pipelines.probe import available_memory

MOST = 1 << 20  # pixels of a picture that goes in
ROOM = 15_000  # bytes that each of them takes, while it is worked on


@dataclass(frozen=True)
class Upscaler:
    """A picture to one `scale` times as wide and as high; 1 is a picture of the same size."""

    model: Any
    processor: Any

    @property
    def scale(self) -> int:
        return int(self.model.config.upscale) if self.model.config.upsampler else 1

    def most(self) -> int:
        """Pixels that are worked on at once: in main memory, as many as half of what is free
        takes."""
        if self.model.device.type != "cpu":
            return MOST
        return min(MOST, available_memory() // 2 // ROOM)

    def answer(self, image: Image.Image) -> Image.Image:
        """The whole of the picture and nothing of what was padded. Raises InvalidInput for one
        of more pixels than a model of this kind can take at once."""
        import numpy as np
        import torch

        most = self.most()
        if image.width * image.height > most:
            raise InvalidInput(
                f"inputs: this picture has {image.width * image.height:,} pixels, but at most "
                f"{most:,} are made larger at a time with the memory that is free here. Send a "
                "smaller one, or a part of it."
            )
        with torch.inference_mode():
            made = self.model(pixel_values=self.pixels(image)).reconstruction[0]
        size = image.height * self.scale, image.width * self.scale
        shown = made[:, : size[0], : size[1]].float().clamp(0, 1).mul(255).round().byte().cpu()
        return Image.fromarray(np.ascontiguousarray(shown.permute(1, 2, 0).numpy()).squeeze())

    def pixels(self, image: Image.Image) -> Any:
        """What the model reads, shape (1, channels, height, width); of one channel it is grey."""
        import numpy as np

        if self.model.config.num_channels == 1:
            grey = np.asarray(image.convert("L"))[..., None]
            given = {"images": grey, "input_data_format": "channels_last"}
        else:
            given = {"images": image.convert("RGB")}
        # transformers' model cannot undo what it pads itself: its windows must fit without
        sides = math.lcm(self.processor.size_divisor, self.model.config.window_size)
        read = self.processor(**given, size_divisor=sides, return_tensors="pt")["pixel_values"]
        return read.to(self.model.device, self.model.dtype)


def load(model: Model, hardware: Hardware) -> Upscaler:
    """Raises RefusedModel, MissingPackage or BrokenModel as every load of ours does."""
    from transformers import AutoImageProcessor, AutoModelForImageToImage

    check(model)
    made = AutoModelForImageToImage.from_pretrained(
        model.path, **options(model), **weights(model, hardware)
    )
    processor = AutoImageProcessor.from_pretrained(model.path, **options(model))
    return Upscaler(made.eval().to(hardware.device), processor)


def stream(
    upscaler: Upscaler, image: Image.Image, mask: Image.Image | None, given: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The one step that there is. Raises InvalidInput for a wish: it takes a picture alone."""
    if mask is not None:
        raise InvalidInput(
            "inputs.mask: this model changes a picture as a whole. Leave the mask out."
        )
    if foreign := sorted(given):
        raise InvalidInput(
            f"parameters.{foreign[0]}: this model takes a picture and no parameters. Leave out "
            f"{', '.join(foreign)}."
        )
    yield {"step": 1, "steps": 1, "result": picture(upscaler.answer(image))}


def upscales(model: Model) -> bool:
    """Whether `model` is one that takes a picture and nothing else."""
    return model.is_a("ForImageSuperResolution", "ForImageToImage")
