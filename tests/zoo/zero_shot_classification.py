"""Judges of natural language inference, and one whose labels do not say which is entailment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.zoo.encoders import bart, bert, deberta, labels, roberta
from tests.zoo.tiny import Tiny

TAG = "zero-shot-classification"
HEAD = "SequenceClassification"
TEXT, LABELS = "The quick fox isn't lazy. 東京 🦊", ["quick", "lazy", "京"]
USUAL = labels({0: "contradiction", 1: "neutral", 2: "entailment"})
TURNED = labels({0: "ENTAILMENT", 1: "not_entailment"})


def direct(yes: int, no: int | None = None) -> Callable[[Path], Any]:
    """The softmax of entailment over all labels, or over its opposite label by label."""

    def answer(folder: Path) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        filled = [f"This example is {label}." for label in LABELS]
        with torch.inference_mode():
            logits = torch.cat(
                [model(**tokenizer(TEXT, each, return_tensors="pt")).logits for each in filled]
            )
        scores = (
            logits[:, yes].softmax(-1) if no is None else logits[:, [no, yes]].softmax(-1)[:, 1]
        )
        named = [{"label": n, "score": s} for n, s in zip(LABELS, scores.tolist(), strict=True)]
        return sorted(named, key=lambda each: -each["score"])

    return answer


def body(**parameters: Any) -> dict[str, Any]:
    return {"inputs": TEXT, "parameters": {"candidate_labels": LABELS, **parameters}}


TINY = [
    Tiny(TAG, "BertForSequenceClassification", bert(TAG, HEAD, **USUAL), body(), direct(2)),
    Tiny(TAG, "RobertaForSequenceClassification", roberta(TAG, HEAD, **TURNED),
         body(multi_label=True), direct(0, 1)),
    Tiny(TAG, "BartForSequenceClassification", bart(TAG, HEAD, **USUAL),
         body(multi_label=True), direct(2, 0)),
    Tiny(TAG, "DebertaV2ForSequenceClassification", deberta(TAG, HEAD, num_labels=3), body(),
         direct(2)),
]  # fmt: skip
