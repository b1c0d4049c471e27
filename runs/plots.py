"""Plots as SVG, which stand on the page and in a report alike: colours are the page's own."""

from collections.abc import Sequence
from html import escape

from runs.metrics import Bars

WIDTH, HEIGHT, LEFT, BOTTOM = 320, 200, 34, 26  # of a plot, and of its margins
Points = Sequence[tuple[float, float]]


def frame(title: str, inner: str, x: tuple[str, str], y: tuple[str, str]) -> str:
    """A plot with the ends of its axes written on them."""
    low, high = HEIGHT - BOTTOM, 8
    right = WIDTH - 6
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<path class="axis" d="M{LEFT} {high}V{low}H{right}"/>{inner}'
        f'<text x="{LEFT}" y="{HEIGHT - 10}">{escape(x[0])}</text>'
        f'<text x="{right}" y="{HEIGHT - 10}" text-anchor="end">{escape(x[1])}</text>'
        f'<text x="{LEFT - 5}" y="{low}" text-anchor="end">{escape(y[0])}</text>'
        f'<text x="{LEFT - 5}" y="{high + 8}" text-anchor="end">{escape(y[1])}</text></svg>'
    )


def at(x: float, y: float) -> tuple[float, float]:
    """A place of the unit square in the plot."""
    return LEFT + x * (WIDTH - 6 - LEFT), HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - 8)


def path(points: Points) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))


def histogram(title: str, found: Bars, unit: str = "") -> str:
    most = max(found.counts)
    step = 1 / len(found.counts)
    made = []
    for number, count in enumerate(found.counts):
        x, y = at(number * step, count / most)
        width = step * (WIDTH - 6 - LEFT) - 1
        height = HEIGHT - BOTTOM - y
        made.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>')
    ends = f"{figure(found.low)}{unit}", f"{figure(found.high)}{unit}"
    return frame(title, "".join(made), ends, ("0", f"{most:,}"))


def square(title: str, points: Points, dots: bool) -> str:
    """A curve in the unit square beside its diagonal."""
    drawn = f'<polyline class="line" points="{path(points)}"/>'
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in map_at(points))
    diagonal = f'<polyline class="diagonal" points="{path([(0, 0), (1, 1)])}"/>'
    return frame(title, diagonal + drawn + (marks if dots else ""), ("0", "1"), ("0", "1"))


def map_at(points: Points) -> list[tuple[float, float]]:
    return [at(*point) for point in points]


def scatter(title: str, points: Points) -> str:
    """Labels to the right, predictions upwards, on one scale."""
    every = [value for point in points for value in point]
    low, high = min(every), max(every)
    span = (high - low) or 1
    inner = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2"/>'
        for x, y in map_at([((a - low) / span, (b - low) / span) for a, b in points])
    )
    diagonal = f'<polyline class="diagonal" points="{path([(0, 0), (1, 1)])}"/>'
    ends = figure(low), figure(high)
    return frame(title, diagonal + inner, ends, ends)


def figure(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
