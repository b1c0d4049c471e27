"""Cross-encoders, which score a query and a text at once."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.zoo.parts import bert, byte_level, random, save
from tests.zoo.tiny import Tiny

TAG = "text-ranking"
QUERY, TEXTS = "a quick fox", ["a lazy dog", "the fox jumps", "It's 12 o'clock"]
BODY = {"inputs": {"query": QUERY, "texts": TEXTS}}


def reranker(folder: Path) -> None:
    tokenizer, config = bert(num_labels=1)
    model = random(transformers.BertForSequenceClassification, config)
    save(folder, TAG, model, tokenizer, "sentence-transformers")


def roberta(folder: Path) -> None:
    """A reranker that transformers itself names as its library."""
    tokenizer = byte_level()
    config = transformers.RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=66, pad_token_id=1, num_labels=1,
    )  # fmt: skip
    save(folder, TAG, random(transformers.RobertaForSequenceClassification, config), tokenizer)


def scores(folder: Path) -> Any:
    """The sigmoid of each pair's logit, best first."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    found = []
    with torch.inference_mode():
        for index, text in enumerate(TEXTS):
            logit = model(**tokenizer(QUERY, text, return_tensors="pt")).logits[0, 0]
            found.append({"index": index, "score": float(torch.sigmoid(logit))})
    return sorted(found, key=lambda each: -each["score"])


TINY = [
    Tiny(TAG, "BertForSequenceClassification", reranker, BODY, scores),
    Tiny(TAG, "RobertaForSequenceClassification", roberta, BODY, scores),
]
