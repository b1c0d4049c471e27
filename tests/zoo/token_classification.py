"""Taggers over tokenizers that cut words in each of the usual ways, and one that keeps no places.

`direct` takes the label of each token, and the characters that the tokenizer says it came from.
"""

from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.zoo.encoders import (
    TAGS,
    bert,
    canine,
    deberta,
    distilbert,
    electra,
    labels,
    roberta,
    xlm_roberta,
)
from tests.zoo.tiny import Tiny

TAG = "token-classification"
HEAD = "TokenClassification"
TEXT = "The quick fox, Иван  of 東京. 🦊 jumps"
NONE = {"inputs": TEXT, "parameters": {"aggregation_strategy": "none", "ignore_labels": []}}
SIMPLE = {"inputs": TEXT}


def tokens(folder: Path) -> list[dict[str, Any]]:
    """Every token that is something, with its label."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    given = tokenizer(TEXT, return_tensors="pt", return_special_tokens_mask=True,
                      return_offsets_mapping=tokenizer.is_fast)  # fmt: skip
    special = given.pop("special_tokens_mask")[0].tolist()
    places = given.pop("offset_mapping")[0].tolist() if tokenizer.is_fast else of_letters(special)
    if model.config.model_type == "distilbert":
        given.pop("token_type_ids", None)
    with torch.inference_mode():
        scores = model(**given).logits[0].softmax(-1)
    return [
        {"entity": model.config.id2label[int(row.argmax())], "score": float(row.max()),
         "index": at, **trimmed(*places[at])}
        for at, row in enumerate(scores)
        if not special[at] and TEXT[slice(*places[at])].strip()
    ]  # fmt: skip


def of_letters(special: list[int]) -> list[tuple[int, int]]:
    """Of a tokenizer whose tokens are the letters, between two of its own."""
    return [(at - 1, at) for at in range(len(special))]


def trimmed(start: int, end: int) -> dict[str, Any]:
    word = TEXT[start:end]
    start += len(word) - len(word.lstrip())
    return {"word": word.strip(), "start": start, "end": start + len(word.strip())}


def groups(folder: Path) -> list[dict[str, Any]]:
    """Neighbours of one label, where B- begins another; those without a name left out."""
    number, found = 0, []
    for at, token in enumerate(each := tokens(folder)):
        begins = token["entity"].startswith("B-") or not at
        number += begins or each[at - 1]["entity"][2:] != token["entity"][2:]
        found.append((number, token))
    made = []
    for _, members in groupby(found, key=lambda pair: pair[0]):
        run = [token for _, token in members]
        start, end = run[0]["start"], run[-1]["end"]
        score = sum(token["score"] for token in run) / len(run)
        name = run[0]["entity"].removeprefix("B-").removeprefix("I-")
        made.append({"entity_group": name, "score": score, "word": TEXT[start:end],
                     "start": start, "end": end})  # fmt: skip
    return [each for each in made if each["entity_group"] != "O"]


NAMED = labels(TAGS)
TINY = [
    Tiny(TAG, "BertForTokenClassification", bert(TAG, HEAD, **NAMED), SIMPLE, groups),
    Tiny(TAG, "DistilBertForTokenClassification", distilbert(TAG, HEAD, **NAMED), NONE, tokens),
    Tiny(TAG, "RobertaForTokenClassification", roberta(TAG, HEAD, **NAMED), NONE, tokens),
    Tiny(TAG, "XLMRobertaForTokenClassification", xlm_roberta(TAG, HEAD, **NAMED), SIMPLE, groups),
    Tiny(TAG, "DebertaV2ForTokenClassification", deberta(TAG, HEAD, **NAMED), SIMPLE, groups),
    Tiny(TAG, "ElectraForTokenClassification", electra(TAG, HEAD, **NAMED), NONE, tokens),
    Tiny(TAG, "CanineForTokenClassification", canine(TAG, HEAD, **NAMED), SIMPLE, groups),
]
