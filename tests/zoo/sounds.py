"""Recordings, and the pieces of models that hear or speak."""

import base64
from typing import Any

import numpy as np
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from tests.pipelines.media import Samples, recorded
from tests.zoo.parts import SMALL

RATE = 16_000
CONV: dict[str, Any] = {
    "num_feat_extract_layers": 2,
    "conv_dim": (16, 16),
    "conv_kernel": (10, 8),
    "conv_stride": (20, 16),
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
    "feat_extract_norm": "group",
}


def chirp(seconds: float, rate: int = RATE) -> Samples:
    """A tone that climbs, at half of full scale; 16 bits keep it exactly. Shape (samples,)."""
    time = np.arange(round(rate * seconds)) / rate
    wave = 0.5 * np.sin(2 * np.pi * (200 + 400 * time / max(seconds, 1)) * time)
    return (np.round(wave * 32_768) / 32_768).astype(np.float32)


def encoded(samples: Samples, rate: int = RATE) -> str:
    """Samples of shape (samples,) as a FLAC file in base64."""
    return base64.b64encode(recorded(samples[None], rate, "flac", "flac")).decode()


def names(*labels: str) -> dict[str, Any]:
    return {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: at for at, label in enumerate(labels)},
    }


def wav2vec2(**more: Any) -> transformers.Wav2Vec2Config:
    return transformers.Wav2Vec2Config(**SMALL, **CONV, **more)


def letters(*more: str) -> PreTrainedTokenizerFast:
    """A tokenizer of letters, whose text ends with `</s>`."""
    pieces = ["<pad>", "<s>", "</s>", "<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz',.!?", *more]
    made = Tokenizer(models.BPE({p: n for n, p in enumerate(pieces)}, [], unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>",
    )  # fmt: skip
