"""Models that decide: one with a head for it, and a chat model, which is asked for a letter.

`direct` writes the prompts by hand.
"""

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, JevForDecision

from tests.zoo.encoders import byte_pieces
from tests.zoo.parts import SMALL, random, save
from tests.zoo.tiny import Tiny

TAG = "decision"
STATE = "The quick fox 🦊 of 東京"
QUESTIONS: dict[str, dict[str, Any]] = {
    "quick": {"type": "noul", "instructions": "Is it quick?"},
    "place": {"type": "choice", "instructions": "Where?", "criteria": {"A1": "town", "B1": None}},
    "speed": {"type": "score", "criteria": ["slow", "fair", "fast"]},
}
BODY = {"inputs": {"state": STATE, "questions": QUESTIONS}}
JEV_PROMPT = (
    "[kind] {{ question.type }}\n[state] {{ state }}\n"
    "{% for option in question.options %}{{ option }} {% endfor %}[decision]:<|mark|>"
)
JEV_PROMPTS = {
    "quick": f"[kind] noul\n[state] {STATE}\ntrue false [decision]:",
    "place": f"[kind] choice\n[state] {STATE}\nA1 B1 [decision]:",
    "speed": f"[kind] score\n[state] {STATE}\n0 1 2 [decision]:",
}
LETTERS = {"quick": ["Yes", "No"], "place": ["A", "B"], "speed": ["A", "B", "C"]}
CHAT_PROMPTS = {
    "quick": f"{STATE}\n\nIs it quick?\nAnswer Yes or No only.",
    "place": f"{STATE}\n\nWhere?\nA. A1: town\nB. B1\n"
    "Answer with the letter of the option that fits best (A to B) only.",
    "speed": f"{STATE}\n\nA. slow\nB. fair\nC. fast\n"
    "Answer with the letter of the level that fits best (A to C) only.",
}
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %} >"


def small(size: int) -> Any:
    return transformers.LlamaConfig(
        **SMALL, vocab_size=size, max_position_embeddings=256, num_key_value_heads=1,
        bos_token_id=0, eos_token_id=2, pad_token_id=1,
    )  # fmt: skip


def jev(folder: Path) -> None:
    tokenizer = byte_pieces()
    config = transformers.JevConfig(hidden_size=32, text_config=small(len(tokenizer)))
    model = random(JevForDecision, config)
    model.decision_config.chat_template = JEV_PROMPT
    save(folder, TAG, model, tokenizer)


def llama(folder: Path) -> None:
    """A chat model whose vocabulary has the words that it should answer with."""
    tokenizer = byte_pieces()
    tokenizer.add_tokens(["Yes", "No"])
    tokenizer.chat_template = TEMPLATE
    model = random(transformers.LlamaForCausalLM, small(len(tokenizer)))
    save(folder, "text-generation", model, tokenizer)


def by_head(folder: Path) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = JevForDecision.from_pretrained(folder).eval()
    offsets = json.loads((folder / "config.json").read_text())["offsets"]

    def chances(name: str) -> list[float]:
        ids = tokenizer(JEV_PROMPTS[name], return_tensors="pt", add_special_tokens=False)
        scores = model.proj(model.model(ids["input_ids"]).last_hidden_state[0, -1])
        first = offsets[QUESTIONS[name]["type"]]
        return list(scores[first : first + len(LETTERS[name])].softmax(-1).tolist())

    with torch.inference_mode():
        return answers({name: chances(name) for name in QUESTIONS})


def by_letters(folder: Path) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()

    def chances(name: str) -> list[float]:
        text = f"{CHAT_PROMPTS[name]} >"
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        letters = tokenizer.convert_tokens_to_ids(LETTERS[name])
        return list(model(ids).logits[0, -1, letters].softmax(-1).tolist())

    with torch.inference_mode():
        return answers({name: chances(name) for name in QUESTIONS})


def answers(found: dict[str, list[float]]) -> dict[str, Any]:
    place, speed = found["place"], found["speed"]
    level = max(range(3), key=speed.__getitem__)
    away = sum(chance * abs(at - level) for at, chance in enumerate(speed))
    return {
        "quick": {"type": "noul", "noul": found["quick"][0]},
        "place": {
            "type": "choice",
            "choice": "A1" if place[0] > place[1] else "B1",
            "confidence": 2 * max(place) - 1,
            "probabilities": dict(zip(["A1", "B1"], place, strict=True)),
        },
        "speed": {
            "type": "score",
            "score": speed[1] + 2 * speed[2],
            "legend": {"0": "slow", "1": "fair", "2": "fast"},
            "confidence": max(0.0, 1 - away / (2 / 3)),
            "probabilities": dict(zip("012", speed, strict=True)),
        },
    }


TINY = [
    Tiny(TAG, "JevForDecision", jev, BODY, by_head),
    Tiny(TAG, "LlamaForCausalLM", llama, BODY, by_letters),
]
