"""Anything in a picture, by Segment Anything (SAM): all there is, or what marks point at.

Not by transformers' pipeline: of many masks of one thing it keeps the best with torchvision's
functions, and it takes no marks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from pydantic import Field

from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Mask
from pipelines.loaders.marked import Pointed, scaled
from pipelines.loaders.packed import Packed, best_within, each_once, packed
from pipelines.loaders.seeing import number, shrunk
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.pictures import base64_png
from pipelines.task import Params

MOST = 300  # masks of one picture
ROOM = 256 << 20  # bytes of packed masks that are held at a time
BATCH = 16  # points for which masks are held at a time, three for each


class MaskOptions(Params):
    """What is kept where the whole picture is searched, in the terms of SAM."""

    points_per_crop: int = Field(
        32, ge=1, le=32, description="Points along each side that are tried, if there are no marks"
    )
    pred_iou_thresh: float = Field(
        0.88, ge=0, le=1, description="Least score that the model gives its own mask"
    )
    stability_score_thresh: float = Field(
        0.95, ge=0, le=1, description="Least share of a mask that a stricter limit would leave"
    )
    stability_score_offset: float = Field(
        1, ge=0, le=10, description="How much stricter, in logits"
    )
    mask_threshold: float = Field(
        0, ge=-10, le=10, description="From which logit a pixel belongs to a mask"
    )
    crops_nms_thresh: float = Field(
        0.7, ge=0, le=1, description="Overlap of boxes from which two masks show one thing"
    )


@dataclass(frozen=True)
class Seen:
    """A picture that the model has looked at once, for any number of questions."""

    image: Image.Image
    inputs: Any
    embeddings: dict[str, Any]


@dataclass(frozen=True)
class Segmenter:
    """A model and its processor of pictures."""

    model: Any
    processor: Any

    def look(self, image: Image.Image) -> Seen:
        inputs = self.processor(images=image, return_tensors="pt")
        made = self.model.get_image_embeddings(inputs["pixel_values"].to(self.model.device))
        names = ("image_embeddings", "intermediate_embeddings")  # the second is SAM-HQ's
        several = isinstance(made, tuple)
        return Seen(
            image, inputs, dict(zip(names, made, strict=True)) if several else {names[0]: made}
        )

    def masks(self, seen: Seen, asked: Sequence[Pointed]) -> tuple[Any, Any]:
        """Logits of shape (asked, 3, height, width) and scores of shape (asked, 3), where all that
        is asked has as many points, and a box each or none."""
        import torch

        size = self.size(seen)
        given: dict[str, Any] = {}
        if asked[0].points:
            points = [[scaled(p[:2], seen.image, size) for p in each.points] for each in asked]
            given["input_points"] = torch.tensor([points]).float()
            given["input_labels"] = torch.tensor([[each.labels for each in asked]])
        if asked[0].box:
            boxes = [scaled(each.box or (), seen.image, size) for each in asked]
            given["input_boxes"] = torch.tensor([boxes]).float()
        moved = {name: value.to(self.model.device) for name, value in given.items()}
        found = self.model(**seen.embeddings, **moved)
        return self.enlarged(found.pred_masks, seen), found.iou_scores[0].cpu()

    def size(self, seen: Seen) -> tuple[int, int]:
        """Height and width of what the model was shown, without what fills it up."""
        if "reshaped_input_sizes" in seen.inputs:
            height, width = seen.inputs["reshaped_input_sizes"][0].tolist()
        else:
            height, width = seen.inputs["pixel_values"].shape[-2:]
        return height, width

    def enlarged(self, masks: Any, seen: Seen) -> Any:
        sizes = {"original_sizes": seen.inputs["original_sizes"].tolist()}
        if "reshaped_input_sizes" in seen.inputs:
            sizes["reshaped_input_sizes"] = seen.inputs["reshaped_input_sizes"].tolist()
        return self.processor.post_process_masks(masks.cpu(), **sizes, binarize=False)[0]

    def at_marks(self, image: Image.Image, asked: Sequence[Pointed], given: MaskOptions
                 ) -> list[Mask]:  # fmt: skip
        """The best mask of each object that is pointed at, in their order."""
        import torch

        with torch.inference_mode():
            seen = self.look(shrunk(image))
            share = seen.image.width / image.width, seen.image.height / image.height
            made = []
            for count, each in enumerate(asked, 1):
                logits, scores = self.masks(seen, [each.resized(share)])
                best = int(scores[0].argmax())
                mask = logits[0, best] > given.mask_threshold
                made.append(written(f"object {count}", mask, float(scores[0, best]), image))
        return made

    def everything(self, image: Image.Image, given: MaskOptions) -> list[Mask]:
        """Masks from a grid of points, without those that are weak or show the same again, best
        first."""
        import torch

        with torch.inference_mode():
            seen = self.look(shrunk(image))
            found: list[Packed] = []
            dropped = 0
            for some in batches(seen.image, given):
                every = found + strong(*self.masks(seen, some), given)
                found = best_within(every, ROOM)
                dropped += len(every) - len(found)
        if dropped:
            tell(
                f"{dropped:,} masks with the lowest scores were left out: too many for the memory."
            )
        kept = each_once(found, given.crops_nms_thresh)
        if len(kept) > MOST:
            tell(f"{len(kept):,} masks were found; the best {MOST:,} are here.")
        return [
            written(f"mask {count}", found[at].mask(), found[at].score, image)
            for count, at in enumerate(kept[:MOST], 1)
        ]


def batches(image: Image.Image, given: MaskOptions) -> Iterator[list[Pointed]]:
    """The middles of equal squares, a few at a time."""
    side = given.points_per_crop
    steps = [(at + 0.5) / side for at in range(side)]
    grid = [Pointed([[x * image.width, y * image.height, 1]]) for y in steps for x in steps]
    return (grid[at : at + BATCH] for at in range(0, len(grid), BATCH))


def strong(logits: Any, scores: Any, given: MaskOptions) -> list[Packed]:
    """The masks that are good enough. A limit of 0 lets all through."""
    flat, found = logits.flatten(0, 1), scores.flatten()
    good = (found > given.pred_iou_thresh) | (given.pred_iou_thresh == 0)
    flat, found = flat[good], found[good]
    tight = (flat > given.mask_threshold + given.stability_score_offset).sum((-2, -1))
    loose = (flat > given.mask_threshold - given.stability_score_offset).sum((-2, -1))
    stable = (tight > given.stability_score_thresh * loose) | (given.stability_score_thresh == 0)
    masks = (flat[stable] > given.mask_threshold).numpy()
    rows = zip(masks, found[stable].tolist(), strict=True)
    return [packed(mask, score) for mask, score in rows if mask.any()]


def written(label: str, mask: Any, score: float, image: Image.Image) -> Mask:
    """A mask as large as the picture."""
    import numpy as np

    drawn = Image.fromarray(np.asarray(mask).astype(np.uint8) * 255)
    if drawn.size != image.size:
        drawn = drawn.resize(image.size, Image.Resampling.NEAREST)
    return {"label": label, "mask": base64_png(drawn), "score": number(score)}


def load(model: Model, hardware: Hardware) -> Segmenter:
    from transformers import AutoImageProcessor, AutoModelForMaskGeneration

    check(model)
    processor = AutoImageProcessor.from_pretrained(model.path, **options(model))
    made = AutoModelForMaskGeneration.from_pretrained(
        model.path, **options(model), **weights(model, hardware)
    )
    return Segmenter(made.to(hardware.device).eval(), processor)
