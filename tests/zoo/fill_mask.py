"""Masked language models. `direct` looks at the whole vocabulary at the mask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from tests.zoo.encoders import bert, deberta, distilbert, electra, mpnet, roberta, xlm_roberta
from tests.zoo.tiny import Tiny

TAG = "fill-mask"
HEAD = "MaskedLM"
TEXT = "The quick <mask> jumps over 東京 🦊."


def direct(count: int = 5, targets: tuple[str, ...] = ()) -> Callable[[Path], Any]:
    def answer(folder: Path) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForMaskedLM.from_pretrained(folder).eval()
        given = tokenizer(TEXT.replace("<mask>", tokenizer.mask_token), return_tensors="pt")
        if model.config.model_type == "distilbert":
            given.pop("token_type_ids", None)
        ids = given["input_ids"][0].tolist()
        at = ids.index(tokenizer.mask_token_id)
        with torch.inference_mode():
            scores = model(**given).logits[0, at].softmax(-1).tolist()
        allowed = tokenizer.convert_tokens_to_ids(list(targets)) if targets else range(len(scores))
        ranked = sorted(allowed, key=lambda token: -scores[token])[:count]
        return [
            {
                "score": scores[token],
                "token": token,
                "token_str": tokenizer.decode([token]),
                "sequence": tokenizer.decode(
                    [*ids[:at], token, *ids[at + 1 :]], skip_special_tokens=True
                ),
            }
            for token in ranked
        ]

    return answer


BODY = {"inputs": TEXT}
TARGETS = {"inputs": TEXT, "parameters": {"targets": ["fox", "the"], "top_k": 3}}
TINY = [
    Tiny(TAG, "BertForMaskedLM", bert(TAG, HEAD), TARGETS, direct(3, ("fox", "the"))),
    Tiny(TAG, "DistilBertForMaskedLM", distilbert(TAG, HEAD), BODY, direct()),
    Tiny(TAG, "RobertaForMaskedLM", roberta(TAG, HEAD), BODY, direct()),
    Tiny(TAG, "XLMRobertaForMaskedLM", xlm_roberta(TAG, HEAD), BODY, direct()),
    Tiny(TAG, "DebertaV2ForMaskedLM", deberta(TAG, HEAD), BODY, direct()),
    Tiny(TAG, "ElectraForMaskedLM", electra(TAG, HEAD), BODY, direct()),
    Tiny(TAG, "MPNetForMaskedLM", mpnet(TAG, HEAD), BODY, direct()),
]
