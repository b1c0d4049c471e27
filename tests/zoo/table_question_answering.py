"""TAPAS, the one architecture of this task.

`direct` takes a cell whose tokens are chosen with more than half a chance in the mean.
"""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import transformers
from transformers import TapasForQuestionAnswering, TapasTokenizer

from tests.zoo.parts import SMALL, WORDS, card, random
from tests.zoo.tiny import Tiny

TAG = "table-question-answering"
TABLE = {"Fox": ["quick", "brown", "lazy"], "Jumps": [12, 3.5, None], "": ["東京", "🦊 a", "b"]}
WRITTEN = {"Fox": ["quick", "brown", "lazy"], "Jumps": ["12", "3.5", ""], "": ["東京", "🦊 a", "b"]}
QUERY = "How many jumps has the quick fox?"
AGGREGATORS = {0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"}


def tokenizer(folder: Path) -> TapasTokenizer:
    """It reads 96 tokens."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[EMPTY]"]
    letters = sorted({*WORDS.lower(), *"0123456789?.-"} - {" "})
    words = [*special, *letters, *(f"##{each}" for each in letters)]
    file = card(folder, TAG) / "vocab.txt"
    file.write_text("\n".join(words), encoding="utf-8")
    return TapasTokenizer(str(file), model_max_length=96)


def tapas(**more: Any) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        made = tokenizer(folder)
        config = transformers.TapasConfig(
            **SMALL, vocab_size=len(made), max_position_embeddings=96, **more
        )
        random(TapasForQuestionAnswering, config).save_pretrained(folder)
        made.save_pretrained(folder)

    return build


def direct(folder: Path) -> Any:
    words = TapasTokenizer.from_pretrained(folder)
    model = TapasForQuestionAnswering.from_pretrained(folder).eval()
    table = pd.DataFrame(WRITTEN, dtype=object)
    given = words(table=table, queries=QUERY, return_tensors="pt")
    with torch.inference_mode():
        output = model(**given)
    chances = defaultdict(list)
    for chance, (segment, column, row, *_) in zip(
        output.logits[0].sigmoid().tolist(), given["token_type_ids"][0].tolist(), strict=True
    ):
        if segment == 1 and column and row:
            chances[row - 1, column - 1].append(chance)
    places = sorted(place for place, each in chances.items() if sum(each) / len(each) > 0.5)
    cells = [table.iat[place] for place in places]
    name = AGGREGATORS[int(output.logits_aggregation.argmax())]
    front = "" if name == "NONE" else f"{name} > "
    return {
        "answer": front + ", ".join(cells),
        "coordinates": places,
        "cells": cells,
        "aggregator": name,
    }


BODY = {"inputs": {"query": QUERY, "table": TABLE}}
LEARNT = {
    "num_aggregation_labels": 4,
    "aggregation_labels": AGGREGATORS,
    "no_aggregation_label_index": 0,
}
TINY = [Tiny(TAG, "TapasForQuestionAnswering", tapas(**LEARNT), BODY, direct)]
