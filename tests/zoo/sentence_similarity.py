"""Text encoders that compare: the cosine of two means."""

from functools import partial
from pathlib import Path
from typing import Any

from tests.zoo.feature_extraction import mean, plain, roberta
from tests.zoo.tiny import Tiny

TAG = "sentence-similarity"
ONE, MANY = "a quick fox", ["a lazy dog", "東京は日本の首都です。", "a quick fox"]
BODY = {"inputs": {"source_sentence": ONE, "sentences": MANY}}


def cosines(folder: Path) -> Any:
    one = mean(folder, ONE)
    return [sum(a * b for a, b in zip(one, mean(folder, other), strict=True)) for other in MANY]


TINY = [
    Tiny(TAG, "BertModel", partial(plain, tag=TAG), BODY, cosines),
    Tiny(TAG, "RobertaModel", partial(roberta, tag=TAG), BODY, cosines),
]
