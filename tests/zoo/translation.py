"""Translation: language tokens of three spellings, tags before the text, and T5's sentences."""

import warnings
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from tests.zoo import writers
from tests.zoo.tiny import Tiny

TEXT = "The quick brown fox jumps"
TASKS = {
    "summarization": {"prefix": "summarize: ", "max_length": 9},
    "translation_en_to_de": {"prefix": "translate English to German: ", "max_length": 12},
    "translation_en_to_fr": {
        "prefix": "translate English to French: ",
        "max_length": 10,
        "num_beams": 3,
        "early_stopping": True,
    },
}


def translated(folder: Path, text: str = TEXT, source: str = "", **options: Any) -> Any:
    """What the library's own tokenizer and model make of it."""
    more = {"src_lang": source} if source else {}
    with warnings.catch_warnings(action="ignore"):  # Marian's wishes for another package
        tokenizer = AutoTokenizer.from_pretrained(folder, **more)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        made = model.generate(**tokenizer(text, return_tensors="pt"), **options)
    return [{"translation_text": tokenizer.decode(made[0], skip_special_tokens=True).strip()}]


def special(folder: Path, source: str, token: str, name: str = "forced_bos_token_id") -> Any:
    """The answer begins with the token of its language."""
    id = AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids(token)
    return translated(folder, source=source, max_new_tokens=12, **{name: id})


def asked(source: str | None = None, target: str | None = None, most: int = 12) -> dict[str, Any]:
    languages = {"src_lang": source, "tgt_lang": target}
    generate = {"max_new_tokens": most} if most else None
    return {"inputs": TEXT, "parameters": {**languages, "generate_parameters": generate}}


TINY = [
    Tiny(
        "translation",
        "marian",
        lambda folder: writers.marian(folder, source_lang="en", target_lang="de"),
        {"inputs": TEXT, "parameters": {"generate_parameters": {"num_beams": 2}}},
        lambda folder: translated(folder, num_beams=2, max_length=64),
    ),
    Tiny(
        "translation",
        "marian-tags",
        lambda folder: writers.marian(folder, "fra", "deu"),
        asked(target="fr"),
        lambda folder: translated(folder, f">>fra<< {TEXT}", max_new_tokens=12),
    ),
    Tiny(
        "translation",
        "m2m100",
        writers.m2m,
        asked("en", "fr"),
        lambda folder: special(folder, "en", "__fr__"),
    ),
    Tiny(
        "translation",
        "nllb",
        writers.nllb,
        asked("en", "zho_Hans"),
        lambda folder: special(folder, "eng_Latn", "zho_Hans"),
    ),
    Tiny(
        "translation",
        "mbart50",
        writers.mbart,
        asked("ro", "fr"),
        lambda folder: special(folder, "ro_RO", "fr_XX"),
    ),
    Tiny(
        "translation",
        "mbart25",
        lambda folder: writers.mbart(folder, transformers.MBartTokenizer, "ro_RO"),
        asked("en_XX", "fr_XX"),
        lambda folder: special(folder, "en_XX", "fr_XX", "decoder_start_token_id"),
    ),
    Tiny(
        "translation",
        "t5",
        lambda folder: writers.t5(folder, tasks=TASKS),
        asked("en", "fr", most=0),
        lambda folder: translated(
            folder,
            f"translate English to French: {TEXT}",
            max_length=10,
            num_beams=3,
            early_stopping=True,
        ),
    ),
]
