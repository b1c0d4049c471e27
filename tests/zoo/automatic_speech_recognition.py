"""Whisper in two languages, Wav2Vec2 with letters (CTC), and Speech2Text."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import pre_tokenizers
from transformers import AutoFeatureExtractor, AutoTokenizer

from tests.zoo.parts import random, save, wav2vec2
from tests.zoo.sounds import RATE, chirp, encoded, letters
from tests.zoo.tiny import Tiny

TAG = "automatic-speech-recognition"
SOUND = chirp(2)
MARKS = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>",
         "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
         "<|notimestamps|>"]  # fmt: skip
END, START, TIMES = 256, 257, 266


def whisper_tokenizer() -> Any:
    letters = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = transformers.WhisperTokenizer(
        vocab={letter: at for at, letter in enumerate(sorted(letters))}, merges=[]
    )
    tokenizer.add_special_tokens({"additional_special_tokens": MARKS})
    tokenizer.add_tokens([f"<|{n * 0.02:.2f}|>" for n in range(1501)])
    return tokenizer


def build_whisper(folder: Path) -> None:
    tokenizer = whisper_tokenizer()
    config = transformers.WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=16, d_model=16, encoder_layers=1,
        encoder_attention_heads=2, encoder_ffn_dim=16, decoder_layers=2,
        decoder_attention_heads=2, decoder_ffn_dim=16, max_target_positions=40,
        bos_token_id=END, eos_token_id=END, pad_token_id=END, decoder_start_token_id=START,
        init_std=0.5,
    )  # fmt: skip
    model = random(transformers.WhisperForConditionalGeneration, config)
    ids = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in MARKS}
    assert (ids["<|endoftext|>"], tokenizer.convert_tokens_to_ids("<|0.00|>")) == (END, TIMES)
    model.generation_config = transformers.GenerationConfig(
        is_multilingual=True, max_length=40, decoder_start_token_id=START, eos_token_id=END,
        pad_token_id=END, bos_token_id=END, no_timestamps_token_id=ids["<|notimestamps|>"],
        lang_to_id={mark: ids[mark] for mark in ("<|en|>", "<|de|>")},
        task_to_id={name: ids[f"<|{name}|>"] for name in ("translate", "transcribe")},
        prev_sot_token_id=ids["<|startofprev|>"], alignment_heads=[[0, 0], [1, 1]],
        max_initial_timestamp_index=50, return_timestamps=False,
        suppress_tokens=[*range(33), *range(127, 256), *range(START, TIMES)],
        begin_suppress_tokens=[END],
    )  # fmt: skip
    save(folder, TAG, model, tokenizer)
    transformers.WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)


def build_speech2text(folder: Path) -> None:
    tokenizer = letters()
    config = transformers.Speech2TextConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, encoder_attention_heads=2,
        encoder_ffn_dim=16, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
        input_feat_per_channel=16, conv_channels=16, max_source_positions=4_000,
        max_target_positions=64, init_std=0.5, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=2,
    )  # fmt: skip
    model = random(transformers.Speech2TextForConditionalGeneration, config)
    model.lm_head.weight.data[:5] = 0  # special tokens are never the likeliest
    save(folder, TAG, model, tokenizer)
    transformers.Speech2TextFeatureExtractor(
        feature_size=16, num_mel_bins=16, sampling_rate=RATE
    ).save_pretrained(folder)


def direct_whisper(folder: Path) -> Any:
    return generated(
        transformers.WhisperForConditionalGeneration.from_pretrained(folder), folder,
        language="de", task="translate", num_beams=2, max_new_tokens=12,
    )  # fmt: skip


def direct_speech2text(folder: Path) -> Any:
    model = transformers.Speech2TextForConditionalGeneration.from_pretrained(folder)
    return generated(model, folder, num_beams=2, max_new_tokens=12)


def generated(model: Any, folder: Path, **options: Any) -> Any:
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    inputs = extractor(SOUND, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
    (ids,) = model.generate(**inputs, **options)
    text = AutoTokenizer.from_pretrained(folder).decode(ids, skip_special_tokens=True)
    return {"text": text.strip()}


def direct_wav2vec2(folder: Path) -> Any:
    """Each frame's likeliest letter, once, and without the blank."""
    model = transformers.Wav2Vec2ForCTC.from_pretrained(folder)
    inputs = AutoFeatureExtractor.from_pretrained(folder)(
        chirp(2, 8_000), sampling_rate=8_000, return_tensors="pt"
    )
    with torch.inference_mode():
        ids = model(**inputs).logits[0].argmax(-1).unique_consecutive().tolist()
    tokens = AutoTokenizer.from_pretrained(folder).convert_ids_to_tokens(ids)
    return {"text": "".join(t for t in tokens if t != "<pad>").replace("|", " ").strip()}


BRIEF = {"num_beams": 2, "max_new_tokens": 12}
BODY = {"inputs": encoded(SOUND), "parameters": BRIEF}
TINY = [
    Tiny(
        TAG,
        "WhisperForConditionalGeneration",
        build_whisper,
        {**BODY, "parameters": {"language": "German", "task": "translate", **BRIEF}},
        direct_whisper,
    ),
    Tiny(
        TAG, "Wav2Vec2ForCTC", wav2vec2, {"inputs": encoded(chirp(2, 8_000), 8_000)},
        direct_wav2vec2,
    ),
    Tiny(
        TAG, "Speech2TextForConditionalGeneration", build_speech2text, BODY, direct_speech2text
    ),
]  # fmt: skip
