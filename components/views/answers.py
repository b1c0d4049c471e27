"""Answers about a picture: as bars, on the page where they stand, or the pictures themselves in the
order of how well they answer."""

from collections.abc import Sequence
from html import escape
from typing import Any

from components import texts
from components.views import bars
from components.views.canvas import canvas
from components.views.seen import coloured, mark, pictures, rectangle, whole
from components.views.view import empty_line, number
from pipelines.kinds.outputs import OutputKind
from pipelines.media import Picture
from pipelines.slots import slots
from pipelines.task import Inputs


def guesses(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each answer with its score, where it has one."""
    if not value:
        return empty_line("views.nothing")
    if any(each.get("score") is None for each in value):
        return "".join(f'<p class="answer">{escape(answer(each))}</p>' for each in value)
    return bars.bars([(answer(each), each["score"]) for each in value])


def answer(found: Any) -> str:
    return str(found["answer"]) or texts.here()("views.no_answer")


def places(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The page with a box around each word of an answer, and the answers beside it."""
    page = pictures(inputs)[0]
    colours = list(map(coloured, range(len(value))))
    drawn = "".join(
        mark(at, colours[at], each.get("score"), rectangle(box, page.stroke))
        for at, each in reversed(list(enumerate(value)))  # the best on top
        for box in each.get("boxes") or ()
    )
    rows = [(answer(each), each.get("score")) for each in value]
    return whole(page, drawn, rows, colours)


def ranks(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """What was compared, best first: pictures to look at, or the first words of texts."""
    seen = [slot.name for slot in slots(type(inputs)) if slot.kind == "images"]
    if not seen:
        return bars.ranks(value, inputs, kind)
    given: Sequence[Picture] = getattr(inputs, seen[0])
    rows = "".join(shown(at, given[each["index"]], each) for at, each in enumerate(value, 1))
    return f'<ol class="ranked">{rows}</ol>'


def shown(at: int, encoded: Picture, found: Any) -> str:
    """A picture with its place, its number among those that were sent, and its score."""
    page = canvas(encoded)
    name = texts.here()("views.picture", n=found["index"] + 1)
    return (
        f'<li><img src="{page.url}" width="{page.width}" height="{page.height}" loading="lazy"'
        f' alt="{name}"><p><b>{at}.</b> {name}'
        f" <span>{number(found['score'])}</span></p></li>"
    )
