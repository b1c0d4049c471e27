"""Summarization: encoders with a decoder of four kinds, and a chat model that is asked."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from tests.zoo import parts, writers
from tests.zoo.tiny import Tiny
from tests.zoo.translation import TASKS

TEXT = "The quick brown fox jumps over the lazy dog. He said: No! The fox is quick."
LONG = TEXT * 20
OWN = {"summarization": {"max_length": 14, "min_length": 6, "num_beams": 2, "length_penalty": 2.0}}


def summed(folder: Path, text: str = TEXT, **options: Any) -> Any:
    """What the library's own tokenizer and model make of it, as far as the encoder reads."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    given = tokenizer(text, return_tensors="pt", truncation=True)
    given.pop("token_type_ids", None)
    if model.config.model_type == "led":
        first = torch.zeros_like(given["input_ids"])
        first[:, 0] = 1
        given["global_attention_mask"] = first
    with torch.inference_mode():
        made = model.generate(**given, **options)
    return [{"summary_text": tokenizer.decode(made[0], skip_special_tokens=True).strip()}]


def chatted(folder: Path) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    question = (
        f"user: Summarize the following text in one to three sentences.\n\n{TEXT}\nassistant:"
    )
    given = tokenizer(question, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        mask = torch.ones_like(given)
        made = model.generate(given, attention_mask=mask, max_new_tokens=10, do_sample=False)
    text = tokenizer.decode(made[0, given.shape[1] :], skip_special_tokens=True)
    return [{"summary_text": text.strip()}]


def short(text: str = TEXT) -> dict[str, Any]:
    return {"inputs": text, "parameters": {"generate_parameters": {"max_new_tokens": 10}}}


TINY = [
    Tiny(
        "summarization",
        "bart",
        lambda folder: writers.bart(folder, task_specific_params=OWN),
        {"inputs": LONG},
        lambda folder: summed(folder, LONG, **OWN["summarization"]),
    ),
    Tiny(
        "summarization",
        "t5",
        lambda folder: writers.t5(folder, "summarization", TASKS),
        {"inputs": TEXT},
        lambda folder: summed(folder, f"summarize: {TEXT}", max_length=9),
    ),
    Tiny(
        "summarization",
        "pegasus",
        writers.pegasus,
        short(),
        lambda folder: summed(folder, max_new_tokens=10),
    ),
    Tiny(
        "summarization",
        "led",
        writers.led,
        short(LONG),
        lambda folder: summed(folder, LONG, max_new_tokens=10),
    ),
    Tiny(
        "summarization",
        "chat",
        lambda folder: parts.llama(folder, positions=512),
        short(),
        chatted,
    ),
]
