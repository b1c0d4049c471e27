"""CLIP, which weighs labels against each other, and SigLIP, which judges each by itself."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.parts import random, save
from tests.zoo.seen import SQUARE, VIT, encoded, eye, processor, scene, words
from tests.zoo.tiny import Tiny

TAG = "zero-shot-image-classification"
SCENE = scene()
LABELS = ["the fox", "a lazy dog", "12 o'clock"]


def build_clip(folder: Path) -> None:
    tokenizer, text = words(bos_token_id=2, eos_token_id=3, pad_token_id=0)
    config = transformers.CLIPConfig(text_config=text, vision_config=VIT, projection_dim=16)
    config.initializer_factor = 5.0
    save(folder, TAG, random(transformers.CLIPModel, config), tokenizer)
    eye(folder, "CLIPImageProcessor", size={"shortest_edge": 32}, crop_size=SQUARE)


def build_siglip(folder: Path) -> None:
    tokenizer, text = words(projection_size=32, bos_token_id=2, eos_token_id=3, pad_token_id=0)
    config = transformers.SiglipConfig(text_config=text, vision_config=VIT)
    model = random(transformers.SiglipModel, config)
    model.logit_scale.data.fill_(1.5)
    save(folder, TAG, model, tokenizer)
    eye(folder, "SiglipImageProcessor")


def logits(folder: Path, **padding: Any) -> Any:
    model = transformers.AutoModel.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = tokenizer([f"I see {each}." for each in LABELS], return_tensors="pt", **padding)
    seen = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        return model(**texts, **seen).logits_per_image[0]


def ranked(scores: list[float]) -> Any:
    pairs = sorted(zip(LABELS, scores, strict=True), key=lambda pair: -pair[1])
    return [{"label": label, "score": score} for label, score in pairs]


def clip(folder: Path) -> Any:
    return ranked(logits(folder, padding=True).softmax(0).tolist())


def siglip(folder: Path) -> Any:
    return ranked(logits(folder, padding="max_length", max_length=64).sigmoid().tolist())


BODY = {
    "inputs": encoded(SCENE),
    "parameters": {"candidate_labels": LABELS, "hypothesis_template": "I see {}."},
}
TINY = [
    Tiny(TAG, "CLIPModel", build_clip, BODY, clip),
    Tiny(TAG, "SiglipModel", build_siglip, BODY, siglip),
]
