"""Models that choose among continuations, all of which `direct` gives them at once."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForMultipleChoice, AutoTokenizer

from tests.zoo.encoders import bert, distilbert, electra, roberta
from tests.zoo.tiny import Tiny

TAG = "multiple-choice"
HEAD = "MultipleChoice"
PROMPT, CHOICES = "The quick fox", ["jumps over the lazy dog", "東京 🦊", "is lazy"]
BODY = {"inputs": {"prompt": PROMPT, "choices": CHOICES}}


def direct(folder: Path) -> Any:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForMultipleChoice.from_pretrained(folder).eval()
    given = tokenizer([PROMPT] * 3, CHOICES, return_tensors="pt", padding=True)
    if model.config.model_type == "distilbert":
        given.pop("token_type_ids", None)
    with torch.inference_mode():
        scores = model(**{k: v[None] for k, v in given.items()}).logits[0].softmax(-1).tolist()
    named = [{"label": c, "score": s} for c, s in zip(CHOICES, scores, strict=True)]
    return sorted(named, key=lambda each: -each["score"])


TINY = [
    Tiny(TAG, "BertForMultipleChoice", bert(TAG, HEAD), BODY, direct),
    Tiny(TAG, "DistilBertForMultipleChoice", distilbert(TAG, HEAD), BODY, direct),
    Tiny(TAG, "RobertaForMultipleChoice", roberta(TAG, HEAD), BODY, direct),
    Tiny(TAG, "ElectraForMultipleChoice", electra(TAG, HEAD), BODY, direct),
]
