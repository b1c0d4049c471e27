"""Keypoints over their picture, joined where they belong together; and matches between two
pictures."""

from typing import Any

from components.views import ramp
from components.views.canvas import Canvas
from components.views.seen import Row, coloured, mark, pictures, rectangle, whole
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

GAP = 0.02  # between two pictures, as a share of their height


def keypoints(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The points of each figure in its colour, with its edges and its box."""
    page = pictures(inputs)[0]
    drawn = ""
    rows: list[Row] = []
    colours: list[str] = []
    for count, figure in enumerate(value):
        colour = coloured(count)
        drawn += f'<g class="figure" {colour}>{frame(figure, page)}</g>'
        for point in figure["keypoints"]:
            drawn += mark(len(rows), colour, point["score"], dot(point, page.stroke))
            place = f"{point['x']:.0f}, {point['y']:.0f}"
            rows.append((f"{point['label']} ({place})" if "label" in point else place,
                         point["score"]))  # fmt: skip
            colours.append(colour)
    return whole(page, drawn, rows, colours, "dotted")


def frame(figure: Any, page: Canvas) -> str:
    points = figure["keypoints"]
    lines = "".join(line(points[a], points[b], page.stroke) for a, b in figure.get("edges") or ())
    box = figure.get("box")
    return (rectangle(box, page.stroke / 2) if box else "") + lines


def dot(point: Any, stroke: float) -> str:
    return (
        f'<circle cx="{point["x"]:.1f}" cy="{point["y"]:.1f}" r="{stroke * 1.6:.2f}"'
        f' stroke-width="{stroke / 2:.2f}"/>'
    )


def line(a: Any, b: Any, stroke: float, more: str = "") -> str:
    return (
        f'<line x1="{a["x"]:.1f}" y1="{a["y"]:.1f}" x2="{b["x"]:.1f}" y2="{b["y"]:.1f}"'
        f' stroke-width="{stroke:.2f}"{more}/>'
    )


def matches(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Both pictures, equally high, and a line from each point to its match; the surer, the
    brighter."""
    first, second = pictures(inputs)
    gap, share = first.height * GAP, first.height / second.height
    start, wide = first.width + gap, second.width * share
    both = Canvas(first.url, round(start + wide), first.height)
    under, drawn = first.image() + second.image(start, wide, first.height), ""
    scores = [each["score"] for each in value]
    paints = [paint(score, min(scores), max(scores)) for score in scores]
    rows: list[Row] = []
    for at, each in enumerate(value):
        a, other = each["keypoint_image_0"], each["keypoint_image_1"]
        b = {"x": start + other["x"] * share, "y": other["y"] * share}
        inside = line(a, b, both.stroke / 2) + "".join(dot(end, both.stroke / 2) for end in (a, b))
        drawn = mark(at, paints[at], each["score"], inside) + drawn  # the surest on top
        rows.append(
            (f"{a['x']:.0f}, {a['y']:.0f} → {other['x']:.0f}, {other['y']:.0f}", each["score"])
        )
    return whole(both, drawn, rows, paints, "dotted wide", under)


def paint(score: float, low: float, high: float) -> str:
    """The surer, the brighter."""
    bright = (score - low) / (high - low) if high > low else 1.0
    return f'style="--share:{ramp.colour(0.25 + 0.75 * bright)}"'
