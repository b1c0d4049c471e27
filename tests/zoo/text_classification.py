"""Classifiers of whole texts: of one label in several, of several at once, and of none but a
number."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests.zoo.encoders import NAMES, bart, bert, deberta, distilbert, gpt2, labels, roberta
from tests.zoo.parts import card
from tests.zoo.tiny import Tiny

TAG = "text-classification"
HEAD = "SequenceClassification"
TEXT = "The quick brown fox isn't lazy. Привет 東京 🦊"
PAIR = {"text": TEXT, "text_pair": "the dog is lazy"}
SEVERAL = {"problem_type": "multi_label_classification"}
NUMBER = {"problem_type": "regression", **labels({0: "stars"})}
Function = Callable[[torch.Tensor], torch.Tensor]


def direct(function: Function, *texts: str) -> Callable[[Path], Any]:
    def answer(folder: Path) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        given = tokenizer(*texts, return_tensors="pt")
        if model.config.model_type == "distilbert":
            given.pop("token_type_ids", None)
        with torch.inference_mode():
            scores = function(model(**given).logits[0]).tolist()
        named = [{"label": model.config.id2label[i], "score": s} for i, s in enumerate(scores)]
        return [sorted(named, key=lambda each: -each["score"])]

    return answer


def softmax(logits: torch.Tensor) -> torch.Tensor:
    return logits.softmax(-1)


def cross_encoder(folder: Path) -> None:
    """A reranker whose card says that it labels texts."""
    bert(TAG, HEAD, num_labels=1)(folder)
    card(folder, TAG, "sentence-transformers")


BODY = {"inputs": TEXT}
TINY = [
    Tiny(TAG, "BertForSequenceClassification", bert(TAG, HEAD, **labels(NAMES)), BODY,
         direct(softmax, TEXT)),
    Tiny(TAG, "DistilBertForSequenceClassification",
         distilbert(TAG, HEAD, **SEVERAL, **labels(NAMES)), BODY, direct(torch.sigmoid, TEXT)),
    Tiny(TAG, "RobertaForSequenceClassification", roberta(TAG, HEAD, **NUMBER), BODY,
         direct(torch.clone, TEXT)),
    Tiny(TAG, "DebertaV2ForSequenceClassification", deberta(TAG, HEAD, **labels(NAMES)),
         {"inputs": PAIR, "parameters": {"function_to_apply": "none"}},
         direct(torch.clone, *PAIR.values())),
    Tiny(TAG, "BartForSequenceClassification", bart(TAG, HEAD, **labels(NAMES)), BODY,
         direct(softmax, TEXT)),
    Tiny(TAG, "GPT2ForSequenceClassification", gpt2(TAG, HEAD, **labels(NAMES)), BODY,
         direct(softmax, TEXT)),
    Tiny(TAG, "CrossEncoder", cross_encoder, BODY, direct(torch.sigmoid, TEXT)),
]  # fmt: skip
