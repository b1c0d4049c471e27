"""VideoMAE, TimeSformer and ViViT; one prepares its frames as a video processor's file says."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.parts import SMALL, random, save
from tests.zoo.seen import SIDE, SQUARE, eye, film, names, processor, scene
from tests.zoo.tiny import Tiny

TAG = "video-classification"
SEEN = 4  # frames that the models look at
COUNT = 10  # of the video
FILM = film(COUNT)
ABOUT: dict[str, Any] = {**SMALL, "image_size": SIDE, "num_frames": SEEN, **names(*"abcdef")}
CROPPED = {"size": {"shortest_edge": 36}, "crop_size": SQUARE, "do_center_crop": True}


def build_videomae(folder: Path) -> None:
    config = transformers.VideoMAEConfig(**ABOUT, patch_size=16, tubelet_size=2)
    save(folder, TAG, random(transformers.VideoMAEForVideoClassification, config))
    eye(folder, "VideoMAEImageProcessor", **CROPPED)


def build_timesformer(folder: Path) -> None:
    config = transformers.TimesformerConfig(**ABOUT, patch_size=16)
    save(folder, TAG, random(transformers.TimesformerForVideoClassification, config))
    eye(folder, "VideoMAEImageProcessor", **CROPPED)
    file = folder / "preprocessor_config.json"
    about = {**json.loads(file.read_text()), "video_processor_type": "TimesformerVideoProcessor"}
    (folder / "video_preprocessor_config.json").write_text(json.dumps(about), encoding="utf-8")


def build_vivit(folder: Path) -> None:
    config = transformers.VivitConfig(**ABOUT, tubelet_size=[2, 16, 16])
    save(folder, TAG, random(transformers.VivitForVideoClassification, config))
    eye(folder, "VivitImageProcessor", **CROPPED)


def direct(folder: Path) -> Any:
    """The scenes themselves: the file keeps them exactly."""
    model = transformers.AutoModelForVideoClassification.from_pretrained(folder)
    pictures = [scene(turn=at * COUNT // SEEN) for at in range(SEEN)]
    seen = processor(folder)(pictures, return_tensors="pt")
    with torch.inference_mode():
        scores, ids = model(**seen).logits[0].softmax(-1).topk(5)
    return [
        {"label": model.config.id2label[at], "score": score}
        for at, score in zip(ids.tolist(), scores.tolist(), strict=True)
    ]


BODY = {"inputs": base64.b64encode(FILM).decode()}
BUILDERS: dict[str, Callable[[Path], None]] = {
    "VideoMAEForVideoClassification": build_videomae,
    "TimesformerForVideoClassification": build_timesformer,
    "VivitForVideoClassification": build_vivit,
}
TINY = [Tiny(TAG, name, build, BODY, direct) for name, build in BUILDERS.items()]
