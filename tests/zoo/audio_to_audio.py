"""A model of its own code, which halves and turns round; and SpeechT5 in another voice."""

import base64
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoFeatureExtractor

from pipelines.encode import encode
from tests.zoo import handlers
from tests.zoo.parts import random, save
from tests.zoo.sounds import RATE, chirp, encoded
from tests.zoo.tiny import Tiny
from tests.zoo.voices import speecht5, voice_and_vocoder

TAG = "audio-to-audio"
SOUND = chirp(0.3)
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
        return [
            {"label": "quiet", "audio": samples / 2, "sampling_rate": rate},
            {"label": "reversed", "audio": samples[::-1], "sampling_rate": rate},
        ]
"""


def build_speecht5(folder: Path) -> None:
    config = speecht5(vocab_size=8)
    save(folder, TAG, random(transformers.SpeechT5ForSpeechToSpeech, config))
    transformers.SpeechT5FeatureExtractor(sampling_rate=RATE, num_mel_bins=8).save_pretrained(
        folder
    )
    voice_and_vocoder(folder)


def track(label: str, samples: Any) -> Any:
    blob = base64.b64encode(encode(samples, RATE)["content"]).decode()
    return {"label": label, "content-type": "audio/flac", "blob": blob}


def direct_handler(folder: Path) -> Any:
    return [track("quiet", SOUND / 2), track("reversed", SOUND[::-1])]


def direct_speecht5(folder: Path) -> Any:
    model = transformers.SpeechT5ForSpeechToSpeech.from_pretrained(folder)
    vocoder = transformers.SpeechT5HifiGan.from_pretrained(folder / "vocoder")
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    values = extractor(audio=SOUND, sampling_rate=RATE, return_tensors="pt")["input_values"]
    vector = torch.tensor(np.load(folder / "speaker_embeddings" / "bert.npy"))[None]
    torch.manual_seed(5)
    return [track("speech", model.generate_speech(values, vector, vocoder=vocoder).numpy())]


BODY = {"inputs": encoded(SOUND)}
TINY = [
    Tiny(TAG, "handler.py", partial(handlers.build, tag=TAG, code=CODE), BODY, direct_handler),
    Tiny(
        TAG,
        "SpeechT5ForSpeechToSpeech",
        build_speecht5,
        {**BODY, "parameters": {"voice": "bert", "seed": 5}},
        direct_speecht5,
    ),
]
