"""VITS, which draws at random, with two speakers; SpeechT5 with its
vocoder and two voices; and Bark with voices in its folder."""

from functools import partial
from typing import Any

from tests.zoo.tiny import Tiny
from tests.zoo.voices import (
    TEXT,
    build_bark,
    build_speecht5,
    build_vits,
    say_bark,
    say_speecht5,
    say_vits,
)

TAG = "text-to-speech"
vits = partial(build_vits, tag=TAG, num_speakers=2, speaker_embedding_size=8)
SAMPLED: dict[str, Any] = {"do_sample": True, "temperature": 0.9}
CHOICES = {"seed": 5, "speaker_id": 1, "speed": 0.5}
TINY = [
    Tiny(
        TAG,
        "VitsModel",
        vits,
        {"inputs": TEXT, "parameters": CHOICES},
        partial(say_vits, seed=5, speaker_id=1, speaking_rate=0.5),
    ),
    Tiny(
        TAG,
        "SpeechT5ForTextToSpeech",
        build_speecht5,
        {"inputs": TEXT, "parameters": {"seed": 5, "voice": "bert"}},
        partial(say_speecht5, seed=5, voice="bert"),
    ),
    Tiny(
        TAG,
        "BarkModel",
        partial(build_bark, tag=TAG),
        {"inputs": TEXT, "parameters": {"seed": 5, "voice": "de_speaker_3", **SAMPLED}},
        partial(say_bark, seed=5, voice="de_speaker_3", **SAMPLED),
    ),
]
