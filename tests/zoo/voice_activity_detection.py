"""A model of its own code, which finds what is loud; and Wav2Vec2 with a head for every frame."""

import base64
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoFeatureExtractor, AutoModelForAudioFrameClassification

from pipelines.encode import waveform
from pipelines.media import Sound
from tests.zoo import handlers
from tests.zoo.parts import random, save
from tests.zoo.sounds import RATE, chirp, encoded, names, wav2vec2
from tests.zoo.tiny import Tiny

TAG = "voice-activity-detection"
SOUND = np.concatenate([np.zeros(8_000, np.float32), chirp(1), np.zeros(8_000, np.float32)])
CODE = """
import io
import wave

import numpy as np


class EndpointHandler:
    def __init__(self, path):
        pass

    def __call__(self, data):
        with wave.open(io.BytesIO(data["inputs"])) as file:
            rate = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32_768
        loud = np.flatnonzero(np.abs(samples) > data["parameters"].get("threshold", 0.5) / 10)
        if not len(loud):
            return []
        return [{"start": loud[0] / rate, "end": loud[-1] / rate}]
"""


def build_wav2vec2(folder: Path) -> None:
    config = wav2vec2(**names("anna", "bert"))
    save(folder, TAG, random(transformers.Wav2Vec2ForAudioFrameClassification, config))
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)


def direct_handler(folder: Path) -> Any:
    loud = np.flatnonzero(np.abs(SOUND) > 0.05)
    return whole(
        [{"label": "speech", "start": float(loud[0]) / RATE, "end": float(loud[-1]) / RATE}]
    )


def direct_wav2vec2(folder: Path) -> Any:
    """Every run of frames above one half, by label: with nothing joined, left out or padded."""
    model = AutoModelForAudioFrameClassification.from_pretrained(folder)
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    with torch.inference_mode():
        logits = model(**extractor(SOUND, sampling_rate=RATE, return_tensors="pt")).logits[0]
    found = []
    for at, name in model.config.id2label.items():
        speaks = [*(logits[:, at] >= 0).tolist(), False]
        start = None
        for frame, now in enumerate(speaks):
            if now and start is None:
                start = frame
            if not now and start is not None:
                found.append((start, frame, name))
                start = None
    second = len(logits) / 2  # the recording has two
    return whole(
        [
            {"label": name, "start": round(a / second, 3), "end": round(b / second, 3)}
            for a, b, name in sorted(found, key=lambda each: (each[0], each[2]))
        ]
    )


def whole(segments: Any) -> Any:
    """With the drawing, which is ours."""
    drawn = waveform(Sound(base64.b64decode(encoded(SOUND)), 60).decode(8_000))
    return {"segments": segments, "duration": 2.0, "waveform": drawn}


BODY = {"inputs": encoded(SOUND)}
NOTHING = {"min_speech_duration_ms": 0, "min_silence_duration_ms": 0, "speech_pad_ms": 0}
TINY = [
    Tiny(TAG, "handler.py", partial(handlers.build, tag=TAG, code=CODE), BODY, direct_handler),
    Tiny(
        TAG,
        "Wav2Vec2ForAudioFrameClassification",
        build_wav2vec2,
        {**BODY, "parameters": NOTHING},
        direct_wav2vec2,
    ),
]
