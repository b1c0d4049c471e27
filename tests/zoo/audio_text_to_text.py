"""Chat about sounds."""

from pathlib import Path
from typing import Any

import soundfile
import transformers

from tests.zoo import talkers
from tests.zoo.talkers import SPEECH, asked, audio, by_processor, text
from tests.zoo.tiny import Tiny


def heard(folder: Path) -> Any:
    samples, rate = soundfile.read(SPEECH, dtype="float32")
    assert rate == 16_000
    part = {"type": "audio", "audio": samples}
    kind = transformers.Qwen2AudioForConditionalGeneration
    return by_processor(folder, kind, part, text("What is said?"))


TINY = [
    Tiny(
        "audio-text-to-text",
        "qwen2-audio",
        talkers.qwen2_audio,
        asked(audio(), text("What is said?")),
        heard,
    ),
]
