"""CLAP, the one architecture that transformers has for it."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.parts import SMALL, save
from tests.zoo.sounds import chirp, encoded, letters
from tests.zoo.tiny import Tiny

TAG = "zero-shot-audio-classification"
RATE = 48_000
SOUND = chirp(0.5, RATE)
LABELS = ["a dog", "music", "a voice"]


def build_clap(folder: Path) -> None:
    tokenizer = letters()
    text = {**SMALL, "vocab_size": len(tokenizer), "max_position_embeddings": 50, "pad_token_id": 0}
    audio = {
        "hidden_size": 32, "patch_embeds_hidden_size": 8, "depths": [1, 1, 1], "spec_size": 64,
        "num_attention_heads": [1, 2, 2], "num_hidden_layers": 3, "num_mel_bins": 16,
        "window_size": 4, "num_classes": 4,
    }  # fmt: skip
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    config.initializer_factor = config.text_config.initializer_factor = 5.0
    torch.manual_seed(0)
    save(folder, TAG, transformers.ClapModel(config).eval(), tokenizer)
    transformers.ClapFeatureExtractor(
        feature_size=16, max_length_s=1, truncation="rand_trunc"
    ).save_pretrained(folder)


def direct(folder: Path) -> Any:
    model = transformers.ClapModel.from_pretrained(folder)
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = tokenizer([f"This is {each}." for each in LABELS], return_tensors="pt", padding=True)
    sound = extractor(SOUND, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        scores = model(**texts, **sound).logits_per_audio[0].softmax(0).tolist()
    pairs = sorted(zip(LABELS, scores, strict=True), key=lambda pair: -pair[1])
    return [{"label": label, "score": score} for label, score in pairs]


BODY = {
    "inputs": encoded(SOUND, RATE),
    "parameters": {"candidate_labels": LABELS, "hypothesis_template": "This is {}."},
}
TINY = [Tiny(TAG, "ClapModel", build_clap, BODY, direct)]
