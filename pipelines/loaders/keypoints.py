"""Keypoints: of a whole picture (SuperPoint), of bodies (VitPose), and of two pictures at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Figure, Keypoint, Match
from pipelines.loaders.marked import check_inside
from pipelines.loaders.seeing import clipped, number
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model

Corners = Sequence[float]  # xmin, ymin, xmax, ymax


@dataclass(frozen=True)
class Detector:
    """Points of a picture that a model would find again in another one of the same place."""

    model: Any
    processor: Any

    def figures(
        self, image: Image.Image, boxes: Sequence[Corners], threshold: float
    ) -> list[Figure]:
        import torch

        if boxes:
            raise InvalidInput(
                "boxes: this model finds points of the whole picture. Leave boxes out."
            )
        inputs = self.processor(image, return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            seen = self.model(**inputs)
        found = self.processor.post_process_keypoint_detection(seen, [image.size[::-1]])[0]
        rows = zip(found["keypoints"].tolist(), found["scores"].tolist(), strict=True)
        points = [keypoint(place, score) for place, score in rows if score >= threshold]
        points.sort(key=lambda each: -each["score"])
        return [{"keypoints": points}] if points else []


@dataclass(frozen=True)
class Poser:
    """The joints of a body. The model sees one body at a time, in a box; without boxes the whole
    picture is taken for one body. `edges` are pairs of joints that a line joins."""

    model: Any
    processor: Any
    edges: Sequence[tuple[int, int]]

    def figures(
        self, image: Image.Image, boxes: Sequence[Corners], threshold: float
    ) -> list[Figure]:
        check_inside(boxes, image)
        corners = boxes or [(0, 0, image.width, image.height)]
        given = [self.figure(image, box, threshold) for box in corners]
        return [each for each in given if each["keypoints"]]

    def figure(self, image: Image.Image, corners: Corners, threshold: float) -> Figure:
        import torch

        xmin, ymin, xmax, ymax = corners
        boxes = [[[xmin, ymin, xmax - xmin, ymax - ymin]]]
        inputs = self.processor(image, boxes=boxes, return_tensors="pt").to(self.model.device)
        if getattr(self.model.config.backbone_config, "num_experts", 1) > 1:
            inputs["dataset_index"] = torch.zeros(1, dtype=torch.long, device=self.model.device)
        with torch.inference_mode():
            seen = self.model(**inputs)
        found = self.processor.post_process_pose_estimation(seen, boxes=boxes)[0][0]
        points = [
            keypoint(place, score, self.model.config.id2label.get(label))
            for place, score, label in zip(
                *(found[name].tolist() for name in ("keypoints", "scores", "labels")), strict=True
            )
        ]
        kept = [at for at, point in enumerate(points) if point["score"] >= threshold]
        renumbered = {old: new for new, old in enumerate(kept)}
        edges = [(renumbered[a], renumbered[b]) for a, b in self.edges
                 if a in renumbered and b in renumbered]  # fmt: skip
        return {
            "keypoints": [points[at] for at in kept],
            "box": clipped([xmin, ymin, xmax - 1, ymax - 1], image),
            "edges": edges,
        }


@dataclass(frozen=True)
class Matcher:
    """The same points in two pictures.

    Not by transformers' pipeline, which takes the pictures' widths for their heights.
    """

    model: Any
    processor: Any

    def matches(self, images: tuple[Image.Image, Image.Image], threshold: float) -> list[Match]:
        import torch

        inputs = self.processor(list(images), return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            seen = self.model(**inputs)
        sizes = [[image.size[::-1] for image in images]]
        found = self.processor.post_process_keypoint_matching(seen, sizes, threshold)[0]
        names = ("keypoints0", "keypoints1", "matching_scores")
        rows = zip(*(found[name].tolist() for name in names), strict=True)
        made = [match(first, second, score) for first, second, score in rows]
        return sorted(made, key=lambda each: -each["score"])


def keypoint(place: Sequence[float], score: float, label: str | None = None) -> Keypoint:
    made: Keypoint = {"x": number(place[0]), "y": number(place[1]), "score": number(score)}
    return {**made, "label": label} if label else made


def match(first: Sequence[float], second: Sequence[float], score: float) -> Match:
    return {
        "keypoint_image_0": {"x": number(first[0]), "y": number(first[1])},
        "keypoint_image_1": {"x": number(second[0]), "y": number(second[1])},
        "score": number(score),
    }


def load(model: Model, hardware: Hardware) -> Detector | Poser:
    import transformers

    if not model.is_a("ForPoseEstimation"):
        made, processor = parts(transformers.AutoModelForKeypointDetection, model, hardware)
        return Detector(made, processor)
    made, processor = parts(transformers.VitPoseForPoseEstimation, model, hardware)
    joints = made.config.num_labels
    edges = [(int(a), int(b)) for a, b in model.config.get("edges") or ()]
    return Poser(made, processor, [edge for edge in edges if max(edge) < joints])


def load_matcher(model: Model, hardware: Hardware) -> Matcher:
    import transformers

    return Matcher(*parts(transformers.AutoModelForKeypointMatching, model, hardware))


def parts(kind: Any, model: Model, hardware: Hardware) -> tuple[Any, Any]:
    """The model and the processor of its pictures."""
    from transformers import AutoImageProcessor

    check(model)
    processor = AutoImageProcessor.from_pretrained(model.path, **options(model))
    made = kind.from_pretrained(model.path, **options(model), **weights(model, hardware))
    return made.to(hardware.device).eval(), processor
