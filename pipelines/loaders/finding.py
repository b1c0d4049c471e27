"""Things named by the caller, found in a picture: OWL-ViT, OWLv2 and Grounding DINO.

Not by transformers' pipeline, which shows the picture to the model again for each label, and with
Grounding DINO each label without its rivals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Detection
from pipelines.loaders.lengths import labels_read
from pipelines.loaders.seeing import best_first, detection
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model

OWLS = ("OwlViTForObjectDetection", "Owlv2ForObjectDetection")
DINOS = ("GroundingDinoForObjectDetection",)


@dataclass(frozen=True)
class Finder:
    """A model and its processor. Each box gets the one label that fits it best."""

    model: Any
    processor: Any

    def inputs(self, image: Image.Image, **text: Any) -> dict[str, Any]:
        pixels = self.processor.image_processor(images=image, return_tensors="pt")
        return {name: value.to(self.model.device) for name, value in {**pixels, **text}.items()}


@dataclass(frozen=True)
class Owl(Finder):
    """Reads each label as a text of its own."""

    def find(self, image: Image.Image, labels: list[str], threshold: float) -> list[Detection]:
        import torch

        with torch.inference_mode():
            seen = self.model(**self.inputs(image, **self.read(labels)))
        found = self.processor.post_process_grounded_object_detection(
            seen, threshold=threshold, target_sizes=[image.size[::-1]]
        )[0]
        rows = zip(found["labels"].tolist(), found["scores"].tolist(), found["boxes"].tolist(),
                   strict=True)  # fmt: skip
        return best_first(detection(labels[at], score, box, image) for at, score, box in rows)

    def read(self, labels: list[str]) -> dict[str, Any]:
        """The labels as tokens, cut where the model has no more positions."""
        tokenizer = self.processor.tokenizer
        most = self.model.config.text_config.max_position_embeddings
        read = labels_read(tokenizer, labels, most, padding="max_length")
        return {name: read[name] for name in ("input_ids", "attention_mask")}


@dataclass(frozen=True)
class Dino(Finder):
    """Reads all labels as one caption, "a cat. a dog.", and scores each of its tokens."""

    def find(self, image: Image.Image, labels: list[str], threshold: float) -> list[Detection]:
        import torch

        read, spans = self.read(labels)
        with torch.inference_mode():
            seen = self.model(**self.inputs(image, **read))
        scores = seen.logits[0].sigmoid()
        of_labels = torch.stack([scores[:, span].amax(-1) for span in spans], dim=-1)
        best, which = of_labels.max(-1)
        kept = (best > threshold).nonzero().flatten().tolist()
        corners = corners_of(seen.pred_boxes[0], image).tolist()
        return best_first(
            detection(labels[which[at]], best[at].item(), corners[at], image) for at in kept
        )

    def read(self, labels: list[str]) -> tuple[dict[str, Any], list[list[int]]]:
        """The caption as tokens, and the numbers of each label's own tokens."""
        words = [label.strip().rstrip(".").lower() or label for label in labels]
        starts = [sum(len(word) + 2 for word in words[:at]) for at in range(len(words))]
        read = self.processor.tokenizer(
            " ".join(f"{word}." for word in words),
            return_tensors="pt",
            return_token_type_ids=True,
            return_offsets_mapping=True,
        )
        places = read.pop("offset_mapping")[0].tolist()
        if len(places) > (most := self.model.config.max_text_len):
            raise InvalidInput(
                f"candidate_labels: together they have {len(places):,} tokens, but this model "
                f"reads {most:,}. Send fewer or shorter ones."
            )
        ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
        spans = [within(places, start, end) for start, end in zip(starts, ends, strict=True)]
        for label, span in zip(labels, spans, strict=True):
            if not span:
                raise InvalidInput(f"candidate_labels: {label!r} holds nothing that can be read.")
        return dict(read), spans


def within(places: Sequence[Sequence[int]], start: int, end: int) -> list[int]:
    """The numbers of the tokens that stand between two places of the text."""
    return [at for at, (a, b) in enumerate(places) if start <= a < b <= end]


def corners_of(boxes: Any, image: Image.Image) -> Any:
    """Boxes of centre and size, as shares of the picture, to corners in pixels."""
    import torch

    centre, size = boxes[:, :2], boxes[:, 2:]
    corners = torch.cat([centre - size / 2, centre + size / 2], dim=-1)
    return corners * torch.tensor([*image.size, *image.size], device=boxes.device)


def fits(model: Model) -> bool:
    return model.is_a(*OWLS, *DINOS)


def load(model: Model, hardware: Hardware) -> Finder:
    from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

    check(model)
    made = AutoModelForZeroShotObjectDetection.from_pretrained(
        model.path, **options(model), **weights(model, hardware)
    )
    processor = AutoProcessor.from_pretrained(model.path, **options(model))
    kind = Owl if model.is_a(*OWLS) else Dino
    return kind(made.to(hardware.device).eval(), processor)
