"""BLIP, GIT, Pix2Struct, BLIP-2, and a ViT with a writer beside it: GPT-2, or TrOCR's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForImageTextToText, AutoTokenizer

from tests.zoo.parts import random, save
from tests.zoo.seen import SQUARE, VIT, encoded, eye, processor, scene, words
from tests.zoo.tiny import Tiny

TAG = "image-to-text"
SCENE = scene()
NEW = 6
PLACES = 64  # of BLIP
ENDS: dict[str, Any] = {"bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}


def blip(kind: Any, folder: Path, tag: str, positions: int = PLACES) -> None:
    tokenizer, text = words(
        encoder_hidden_size=32, projection_dim=16, max_position_embeddings=positions, **ENDS
    )
    config = transformers.BlipConfig(
        text_config=text, vision_config=VIT, image_text_hidden_size=16, projection_dim=16
    )
    config.text_config.initializer_range = config.vision_config.initializer_range = 0.5
    model = random(kind, config)
    model.text_decoder.cls.predictions.transform.LayerNorm.weight.data *= 10  # sure of its words
    save(folder, tag, model, tokenizer)
    eye(folder, "BlipImageProcessor")


def build_blip(folder: Path) -> None:
    blip(transformers.BlipForConditionalGeneration, folder, TAG)


def git(folder: Path, tag: str) -> None:
    tokenizer, text = words(bos_token_id=2, eos_token_id=3, pad_token_id=0)
    config = transformers.GitConfig(vision_config=VIT, **text)
    save(folder, tag, random(transformers.GitForCausalLM, config), tokenizer)
    eye(folder, "CLIPImageProcessor", size={"shortest_edge": 32}, crop_size=SQUARE)


def build_git(folder: Path) -> None:
    git(folder, TAG)


def build_pix2struct(folder: Path) -> None:
    tokenizer, text = words()
    config = transformers.Pix2StructConfig(
        text_config={
            "vocab_size": text["vocab_size"], "hidden_size": 32, "d_kv": 16, "d_ff": 64,
            "num_layers": 2, "num_heads": 2, "pad_token_id": 0, "eos_token_id": 3,
            "decoder_start_token_id": 0,
        },
        vision_config={
            "hidden_size": 32, "patch_embed_hidden_size": 192, "d_ff": 64, "d_kv": 16,
            "num_hidden_layers": 2, "num_attention_heads": 2, "seq_len": 64, "patch_size": 8,
        },
    )  # fmt: skip
    config.text_config.initializer_factor = config.vision_config.initializer_factor = 10.0
    save(folder, TAG, random(transformers.Pix2StructForConditionalGeneration, config), tokenizer)
    eye(folder, "Pix2StructImageProcessor", patch_size={"height": 8, "width": 8}, max_patches=64)


def build_blip2(folder: Path) -> None:
    tokenizer, text = words()
    tokenizer.add_tokens(["<image>"], special_tokens=True)
    config = transformers.Blip2Config(
        vision_config=VIT,
        qformer_config={**text, "encoder_hidden_size": 32},
        text_config={
            "model_type": "opt", "vocab_size": len(tokenizer), "hidden_size": 32, "ffn_dim": 64,
            "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 64,
            "word_embed_proj_dim": 32, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
        },
        num_query_tokens=4,
        image_token_index=len(tokenizer) - 1,
    )  # fmt: skip
    save(folder, TAG, random(transformers.Blip2ForConditionalGeneration, config), tokenizer)
    eye(folder, "BlipImageProcessor")


def two(folder: Path, writer: Any, tokenizer: Any) -> None:
    """A model of two, each with random weights that say something."""
    encoder = transformers.ViTConfig(**VIT)
    encoder.initializer_range = 0.5
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        encoder, writer, decoder_start_token_id=2, pad_token_id=0, eos_token_id=3
    )
    torch.manual_seed(0)
    model = transformers.VisionEncoderDecoderModel(config).eval()
    for name, weight in model.named_parameters():
        if weight.ndim > 1 and name.startswith(("decoder", "enc_to_dec")):
            torch.nn.init.normal_(weight, std=0.5)
    save(folder, TAG, model, tokenizer)
    eye(folder, "ViTImageProcessor")


def build_gpt2(folder: Path) -> None:
    tokenizer, text = words()
    writer = transformers.GPT2Config(
        n_embd=32, n_layer=2, n_head=2, n_positions=64, vocab_size=text["vocab_size"],
        bos_token_id=2, eos_token_id=3, tie_word_embeddings=False,
    )  # fmt: skip
    two(folder, writer, tokenizer)


def build_trocr(folder: Path) -> None:
    tokenizer, text = words()
    writer = transformers.TrOCRConfig(
        vocab_size=text["vocab_size"], d_model=32, decoder_layers=2, decoder_attention_heads=2,
        decoder_ffn_dim=64, max_position_embeddings=40, tie_word_embeddings=False,
        decoder_start_token_id=2, bos_token_id=2, eos_token_id=3, pad_token_id=0,
    )  # fmt: skip
    two(folder, writer, tokenizer)


def direct(most: int) -> Callable[[Path], Any]:
    def caption(folder: Path) -> Any:
        model = AutoModelForImageTextToText.from_pretrained(folder)
        seen = processor(folder)(images=SCENE, return_tensors="pt")
        with torch.inference_mode():
            ids = model.generate(**seen, max_new_tokens=most)[0]
        text = AutoTokenizer.from_pretrained(folder).decode(ids, skip_special_tokens=True)
        return [{"generated_text": text.strip()}]

    return caption


BODY = {"inputs": encoded(SCENE)}
SHORT = BODY | {"parameters": {"max_new_tokens": NEW}}
BUILDERS: dict[str, Callable[[Path], None]] = {
    "GitForCausalLM": build_git,
    "Pix2StructForConditionalGeneration": build_pix2struct,
    "Blip2ForConditionalGeneration": build_blip2,
    "VisionEncoderDecoderModel-GPT2": build_gpt2,
    "VisionEncoderDecoderModel-TrOCR": build_trocr,
}
TINY = [
    Tiny(TAG, "BlipForConditionalGeneration", build_blip, BODY, direct(PLACES - 1)),
    *(Tiny(TAG, name, build, SHORT, direct(NEW)) for name, build in BUILDERS.items()),
]
