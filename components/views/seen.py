"""Boxes and masks over the picture in which they were found, and a list of them beside it."""

import base64
import io
import zlib
from collections.abc import Sequence
from html import escape
from typing import Any

from PIL import Image, ImageStat

from components import texts
from components.views.canvas import Canvas, canvas
from components.views.view import number
from pipelines.kinds.outputs import OutputKind
from pipelines.pictures import from_base64
from pipelines.slots import slots
from pipelines.task import Inputs

COLOURS = 8  # of the style sheet
MOST_ROWS = 200  # of the list
LETTER = 7  # times as high as a stroke is wide
SIDE = 1_024  # pixels: masks are drawn no larger
FAINT = 0.1  # where no score is more, the slider ends at the best
MOST_NAMES = 12  # that a picture is described by
Row = tuple[str, float | None]  # what it is called, and its score


def pictures(inputs: Inputs) -> list[Canvas]:
    """The pictures among the inputs, in their order."""
    names = [slot.name for slot in slots(type(inputs)) if slot.kind == "image"]
    return [canvas(getattr(inputs, name)) for name in names]


def boxes(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each box in the colour of its label."""
    (page,) = pictures(inputs)
    colours = colours_of([each["label"] for each in value])
    areas = [area(each["box"]) for each in value]
    order = sorted(range(len(value)), key=lambda at: -areas[at])  # small ones on top
    drawn = "".join(
        mark(at, colours[at], value[at]["score"], rectangle(value[at]["box"], page.stroke))
        for at in order
    )
    drawn += "".join(named(at, each, colours[at], page) for at, each in enumerate(value))
    rows = [(each["label"], each.get("score")) for each in value]
    return whole(page, drawn, rows, colours)


def masks(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each mask as a tint, in a colour of its own: parts with one label lie side by side."""
    page = pictures(inputs)[0]
    colours = list(map(coloured, range(len(value))))
    found = [small(each["mask"]) for each in value]
    order = sorted(range(len(value)), key=lambda at: -found[at][1])  # small ones on top
    drawn = "".join(
        mark(at, colours[at], value[at].get("score"), tint(found[at][0], page)) for at in order
    )
    rows = [(each["label"], each.get("score")) for each in value]
    return whole(page, drawn, rows, colours, "tinted")


def colours_of(labels: Sequence[str]) -> list[str]:
    """The same colour for the same label."""
    known = {label: coloured(at) for at, label in enumerate(dict.fromkeys(labels))}
    return [known[label] for label in labels]


def coloured(at: int) -> str:
    """The attribute that gives an element one of the style sheet's colours."""
    return f'data-colour="{at % COLOURS}"'


def area(box: Any) -> int:
    return int((box["xmax"] - box["xmin"]) * (box["ymax"] - box["ymin"]))


def rectangle(box: Any, stroke: float) -> str:
    wide, high = box["xmax"] - box["xmin"] + 1, box["ymax"] - box["ymin"] + 1
    return (
        f'<rect x="{box["xmin"]}" y="{box["ymin"]}" width="{wide}" height="{high}"'
        f' stroke-width="{stroke:.2f}"/>'
    )


def named(at: int, found: Any, colour: str, page: Canvas) -> str:
    """The label in the upper left corner of its box."""
    size = page.stroke * LETTER
    x, y = found["box"]["xmin"] + size / 3, found["box"]["ymin"] + size * 1.1
    words = (
        f'<text x="{x:.1f}" y="{min(y, page.height - 1):.1f}" font-size="{size:.2f}"'
        f' stroke-width="{size / 5:.2f}">{escape(found["label"])}</text>'
    )
    return mark(at, colour, found["score"], words)


def tint(png: str, page: Canvas) -> str:
    """A mask is itself a mask to SVG: what is white lets the colour through."""
    name = f"m{zlib.crc32(png.encode()):x}"
    # Not without x and y: a mask starts a tenth left of and above the page of itself.
    whole_page = f'x="0" y="0" width="{page.width}" height="{page.height}"'
    return (
        f'<mask id="{name}" maskUnits="userSpaceOnUse" {whole_page}>'
        f'<image href="data:image/png;base64,{png}" {whole_page}'
        ' preserveAspectRatio="none"/></mask>'
        f'<rect {whole_page} mask="url(#{name})"/>'
    )


def small(png: str) -> tuple[str, float]:
    """A mask for the page, with one bit for each pixel and no more of them than it shows; and the
    share of the picture that it covers."""
    image = from_base64(png)
    image.thumbnail((SIDE, SIDE), Image.Resampling.NEAREST)
    file = io.BytesIO()
    image.convert("1").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode(), ImageStat.Stat(image).mean[0]


def mark(at: int, colour: str, score: float | None, inside: str) -> str:
    """Something drawn that belongs to row `at` of the list."""
    return f'<g class="mark" {colour} data-row="{at}"{scored(score)}>{inside}</g>'


def scored(score: float | None) -> str:
    return "" if score is None else f' data-score="{score:.6g}"'


def whole(
    page: Canvas,
    over: str,
    rows: Sequence[Row],
    colours: Sequence[str],
    kind: str = "",
    under: str = "",
) -> str:
    """The picture with what is drawn over it, a slider over the scores, and the list."""
    say = texts.here()
    if not rows:
        drawn = page.drawn(over, kind, under, name=say("views.as_sent"))
        return f'<div class="seen">{drawn}<p class="caption">{say("views.nothing")}</p></div>'
    drawn = page.drawn(over, kind, under, name=say("views.drawn", names=names(rows)))
    listed = "".join(
        f'<li {colours[at]} data-row="{at}"{scored(score)} tabindex="{-1 if at else 0}"><i></i>'
        f"<span>{escape(name)}</span><b>{'' if score is None else number(score)}</b></li>"
        for at, (name, score) in enumerate(rows[:MOST_ROWS])
    )
    more = len(rows) - MOST_ROWS
    rest = f'<p class="caption">{say("views.more", n=f"{more:,}")}</p>' if more > 0 else ""
    return (
        f'<div class="seen">{drawn}<div class="side">{slider(rows)}'
        f'<ul class="legend found">{listed}</ul>{rest}</div></div>'
    )


def names(rows: Sequence[Row]) -> str:
    """What was found in a few words, each name once."""
    known = list(dict.fromkeys(name for name, _ in rows))
    return ", ".join(known[:MOST_NAMES]) + (" …" if len(known) > MOST_NAMES else "")


def slider(rows: Sequence[Row]) -> str:
    """Hides what scores less, in the browser; nothing where there is nothing to choose."""
    scores = [score for _, score in rows if score is not None]
    if len(set(scores)) < 2:
        return ""
    low, high = min(scores), max(scores)
    if low >= 0 and high <= 1:  # probabilities
        low, high = 0.0, 1.0 if high > FAINT else high
    say = texts.here()
    left = escape(say("views.left"))
    return (
        f'<label class="least">{say("views.score_from")} '
        f'<output data-left="{left}">{low:.3g}</output>'
        f'<input type="range" min="{low:.6g}" max="{high:.6g}" step="any" value="{low:.6g}"'
        f' aria-label="{say("views.least")}"></label>'
    )
