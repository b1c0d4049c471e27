"""Wav2Vec2, which reads samples, and the audio spectrogram transformer (AST)."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

from tests.zoo.parts import SMALL, random, save
from tests.zoo.sounds import RATE, chirp, encoded, names, wav2vec2
from tests.zoo.tiny import Tiny

TAG = "audio-classification"
SOUND = chirp(1)


def build_wav2vec2(folder: Path) -> None:
    config = wav2vec2(**names("yes", "no", "up"), classifier_proj_size=8)
    save(folder, TAG, random(transformers.Wav2Vec2ForSequenceClassification, config))
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)


def build_ast(folder: Path) -> None:
    config = transformers.ASTConfig(
        **SMALL, **names(*"abcdefg"), max_length=128, num_mel_bins=32, frequency_stride=8,
        time_stride=8, patch_size=16,
    )  # fmt: skip
    save(folder, TAG, random(transformers.ASTForAudioClassification, config))
    transformers.ASTFeatureExtractor(
        sampling_rate=RATE, max_length=128, num_mel_bins=32
    ).save_pretrained(folder)


def direct(folder: Path) -> Any:
    model = AutoModelForAudioClassification.from_pretrained(folder)
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    inputs = extractor(SOUND, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        scores, ids = model(**inputs).logits[0].softmax(-1).topk(min(5, model.config.num_labels))
    return [
        {"label": model.config.id2label[at], "score": score}
        for at, score in zip(ids.tolist(), scores.tolist(), strict=True)
    ]


BODY = {"inputs": encoded(SOUND)}
TINY = [
    Tiny(TAG, "Wav2Vec2ForSequenceClassification", build_wav2vec2, BODY, direct),
    Tiny(TAG, "ASTForAudioClassification", build_ast, BODY, direct),
]
