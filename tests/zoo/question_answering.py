"""Readers. `direct` looks at every span of the text, by one softmax over its tokens and the first
one, which stands for "no answer"."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from tests.zoo.encoders import bert, deberta, distilbert, electra, roberta, xlm_roberta
from tests.zoo.tiny import Tiny

TAG = "question-answering"
HEAD = "QuestionAnswering"
QUESTION, CONTEXT = "Who jumps?", "The quick fox 🦊 of 東京 jumps over a dog."
LONGEST = 6


def direct(count: int) -> Callable[[Path], Any]:
    def answer(folder: Path) -> Any:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
        given = tokenizer(QUESTION, CONTEXT, return_tensors="pt", return_offsets_mapping=True)
        places = given.pop("offset_mapping")[0].tolist()
        own = [at for at, which in enumerate(given.sequence_ids(0)) if which == 1]
        if model.config.model_type == "distilbert":
            given.pop("token_type_ids", None)
        with torch.inference_mode():
            output = model(**given)
        starts, ends = (
            dict(zip([0, *own], logits[0, [0, *own]].softmax(-1).tolist(), strict=True))
            for logits in (output.start_logits, output.end_logits)
        )
        best: dict[tuple[int, int], float] = {}
        for first, last in product(own, own):
            if first <= last < first + LONGEST:
                place = trimmed(places[first][0], places[last][1])
                best[place] = max(best.get(place, 0), starts[first] * ends[last])
        ranked = sorted(best, key=lambda place: -best[place])
        made = [
            {"answer": CONTEXT[start:end], "score": best[start, end], "start": start, "end": end}
            for start, end in ranked
            if start < end
        ]
        return made[:count] if count > 1 else made[0]

    return answer


def trimmed(start: int, end: int) -> tuple[int, int]:
    word = CONTEXT[start:end]
    start += len(word) - len(word.lstrip())
    return start, start + len(word.strip())


def body(**more: Any) -> dict[str, Any]:
    parameters = {"max_answer_len": LONGEST, "align_to_words": False, **more}
    return {"inputs": {"question": QUESTION, "context": CONTEXT}, "parameters": parameters}


TINY = [
    Tiny(TAG, "BertForQuestionAnswering", bert(TAG, HEAD), body(top_k=5), direct(5)),
    Tiny(TAG, "DistilBertForQuestionAnswering", distilbert(TAG, HEAD), body(), direct(1)),
    Tiny(TAG, "RobertaForQuestionAnswering", roberta(TAG, HEAD), body(top_k=5), direct(5)),
    Tiny(TAG, "XLMRobertaForQuestionAnswering", xlm_roberta(TAG, HEAD), body(), direct(1)),
    Tiny(TAG, "DebertaV2ForQuestionAnswering", deberta(TAG, HEAD), body(top_k=3), direct(3)),
    Tiny(TAG, "ElectraForQuestionAnswering", electra(TAG, HEAD), body(), direct(1)),
]
