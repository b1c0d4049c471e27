"""Text generation: causal models of three kinds, and two with an encoder."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from tests.zoo import parts, writers
from tests.zoo.tiny import Tiny

PROMPT = "The quick brown fox"
BODY = {"inputs": PROMPT, "parameters": {"max_new_tokens": 12, "do_sample": False}}


def continued(folder: Path) -> Any:
    """The likeliest tokens by the library's own model, one at a time."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    start = ids.shape[1]
    with torch.inference_mode():
        for _ in range(12):
            likeliest = model(input_ids=ids).logits[:, -1].argmax(-1)
            ids = torch.cat([ids, likeliest[:, None]], 1)
    before, whole = (
        tokenizer.decode(x, skip_special_tokens=True) for x in (ids[0, :start], ids[0])
    )
    return [{"generated_text": whole[len(before) :]}]


def rewritten(folder: Path) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    given = tokenizer(PROMPT, return_tensors="pt")
    given.pop("token_type_ids", None)
    with torch.inference_mode():
        made = model.generate(**given, max_new_tokens=12, do_sample=False)
    return [{"generated_text": tokenizer.decode(made[0], skip_special_tokens=True)}]


def qwen(folder: Path) -> None:
    tokenizer = parts.byte_level()
    config = transformers.Qwen2Config(
        **parts.SMALL, vocab_size=len(tokenizer), num_key_value_heads=1, bos_token_id=None,
        eos_token_id=0, pad_token_id=1, max_position_embeddings=256, tie_word_embeddings=False,
    )  # fmt: skip
    model = parts.endless(parts.random(transformers.Qwen2ForCausalLM, config), tokenizer)
    tokenizer.chat_template = parts.TOOLED
    parts.save(folder, "text-generation", model, tokenizer)


TINY = [
    Tiny("text-generation", "llama", parts.llama, BODY, continued),
    Tiny("text-generation", "gpt2", parts.gpt2, BODY, continued),
    Tiny("text-generation", "qwen2", qwen, BODY, continued),
    Tiny(
        "text-generation",
        "t5",
        lambda folder: writers.t5(folder, "text2text-generation"),
        BODY,
        rewritten,
    ),
    Tiny(
        "text-generation",
        "bart",
        lambda folder: writers.bart(folder, "text2text-generation"),
        BODY,
        rewritten,
    ),
]
