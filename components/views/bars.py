"""Scores as labelled horizontal bars."""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from components import texts
from components.views.view import empty_line, number
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

Row = tuple[str, float]


def bars(rows: Sequence[Row]) -> str:
    """Bars scaled to the largest value; negative ones are empty."""
    if not rows:
        return empty_line("views.nothing")
    top = max((score for _, score in rows if math.isfinite(score)), default=0) or 1
    return f'<ul class="bars">{"".join(bar(label, score, top) for label, score in rows)}</ul>'


def bar(label: str, score: float, top: float) -> str:
    width = max(0, min(100, 100 * score / top)) if math.isfinite(score) else 0
    return (
        f'<li><span class="bar-name">{escape(label)}</span>'
        f'<span class="bar-value">{number(score)}</span>'
        f'<span class="bar-track"><span style="width:{width:.1f}%"></span></span></li>'
    )


def labels(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    return bars([(each["label"], each["score"]) for each in value])


def scores(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    return bars(list(zip(compared(inputs), value, strict=True)))


def ranks(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    texts = compared(inputs)
    return bars([(texts[each["index"]], each["score"]) for each in value])


def compared(inputs: Inputs) -> list[str]:
    """The list among the inputs, whose items the scores belong to."""
    return next(v for v in inputs.model_dump().values() if isinstance(v, list))


def decisions(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each question with what may be answered and how probable that is."""
    return "".join(
        f'<p class="caption">{escape(name)}</p>{bars(chances(each))}'
        for name, each in value.items()
    )


def chances(answer: Any) -> list[Row]:
    """Yes and no, or every option or level by its own words."""
    if "noul" in answer:
        say = texts.here()
        return [(say("views.yes"), answer["noul"]), (say("views.no"), 1 - answer["noul"])]
    names = answer.get("legend", {})
    return [(str(names.get(key, key)), p) for key, p in answer["probabilities"].items()]


def fills(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Words for each mask; the whole sentence where there is one mask alone."""
    several = bool(value) and isinstance(value[0], list)
    if not several:
        return bars([(each["sequence"], each["score"]) for each in value])
    return "".join(map(mask, range(1, len(value) + 1), value))


def mask(at: int, words: Any) -> str:
    name = texts.here()("views.mask", n=at)
    rows = [(each["token_str"], each["score"]) for each in words]
    return f'<p class="caption">{name}</p>{bars(rows)}'
