"""Chat about anything: a model that hears and sees, and one that could draw as well."""

from pathlib import Path
from typing import Any

import soundfile
import torch
import transformers

from tests.zoo import talkers
from tests.zoo.talkers import CAT, SPEECH, asked, audio, by_hand, by_processor, image, opened, text
from tests.zoo.tiny import Tiny


def both(folder: Path) -> Any:
    """Qwen2.5-Omni by the parts of its processor, which as a whole wants torchvision."""
    size = {"size": {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}, "patch_size": 8}
    seen = transformers.Qwen2VLImageProcessorPil(**size)(opened(CAT), return_tensors="pt")
    heard = transformers.WhisperFeatureExtractor(feature_size=16)(
        soundfile.read(SPEECH, dtype="float32")[0], sampling_rate=16_000, return_tensors="pt",
        return_attention_mask=True, padding="max_length",
    )  # fmt: skip
    long = int(heard["attention_mask"].sum())
    sounds = ((long - 1) // 2 + 1 - 2) // 2 + 1
    pictures = int(seen["image_grid_thw"].prod()) // 4
    prompt = f"user: {'<|IMAGE|>' * pictures}{'<|AUDIO|>' * sounds}What?assistant:"
    kind = transformers.Qwen2_5OmniThinkerForConditionalGeneration
    return by_hand(
        folder, kind, prompt, input_features=heard["input_features"],
        feature_attention_mask=heard["attention_mask"], **seen,
    )  # fmt: skip


def drawn_upon(folder: Path) -> Any:
    """Janus, whose own loop takes the text for one to be written."""
    parts = [{"type": "image", "image": opened(CAT)}, text("What?")]
    torch.manual_seed(0)
    return by_processor(folder, transformers.JanusForConditionalGeneration, *parts)


TINY = [
    Tiny("any-to-any", "qwen2.5-omni", talkers.omni, asked(image(), audio(), text("What?")), both),
    Tiny("any-to-any", "janus", talkers.janus, asked(image(), text("What?")), drawn_upon),
]
