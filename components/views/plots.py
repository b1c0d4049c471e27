"""Numbers as small pictures."""

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from components import texts
from pipelines.kinds.distances import flat
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

MOST_BARS = 384  # numbers of a vector that are drawn
MOST_POINTS = 2_000  # of a series that are drawn, the last ones
LINE = "vector-effect:non-scaling-stroke"


def vector(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Shape, length, a small plot and the first numbers."""
    numbers = flat(value)
    shape = " × ".join(map(str, shape_of(value)))
    first = ", ".join(f"{number:.4f}" for number in numbers[:8])
    more = ", …" if len(numbers) > 8 else ""
    told = texts.here()(
        "views.numbers", shape=f"<b>{shape}</b>", length=f"{math.hypot(*numbers):.3f}"
    )
    return (
        f'<div class="vector"><p>{told}</p>'
        f'{plot(numbers[:MOST_BARS])}<p class="numbers">[{first}{more}]</p></div>'
    )


def shape_of(value: Any) -> list[int]:
    return [len(value), *shape_of(value[0])] if isinstance(value, list) and value else []


def plot(numbers: Sequence[float]) -> str:
    """One thin bar per number, up or down from the middle."""
    top = max(map(abs, numbers), default=0) or 1
    lines = "".join(
        f'<rect x="{i}" width="0.8" y="{50 - max(0, n) / top * 48:.1f}"'
        f' height="{abs(n) / top * 48:.1f}"/>'
        for i, n in enumerate(numbers)
    )
    title = texts.here()("views.first", n=len(numbers))
    return (
        f'<svg viewBox="0 0 {max(1, len(numbers))} 100" preserveAspectRatio="none" role="img">'
        f"<title>{title}</title>{lines}</svg>"
    )


def forecast(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each column as it was, and how it goes on."""
    table = next(v for v in inputs.model_dump().values() if isinstance(v, dict))
    say = texts.here()
    return "".join(
        f'<p class="caption">{say.html("views.ahead", name=name, n=f"{len(ahead):,}")}</p>'
        f"{course(numbers(table.get(name, [])), ahead)}"
        f'<p class="numbers">[{", ".join(f"{x:.4g}" for x in ahead[:8])}'
        f"{', …' if len(ahead) > 8 else ''}]</p>"
        for name, ahead in value["forecast"].items()
    )


def numbers(column: Sequence[Any]) -> list[float]:
    """Those that a model takes for numbers, written ones included."""
    found = []
    for each in column[-MOST_POINTS:]:
        with suppress(TypeError, ValueError):
            found.append(float(each))
    return found


def course(past: Sequence[float], ahead: Sequence[float]) -> str:
    """Past and future as one line in two colours."""
    both = [*past, *ahead]
    low, high = min(both), max(both)
    span = (high - low) or 1

    def line(values: Sequence[float], start: int, css: str) -> str:
        points = (f"{start + i},{96 - (v - low) / span * 92:.1f}" for i, v in enumerate(values))
        return f'<polyline class="{css}" points="{" ".join(points)}" style="{LINE}"/>'

    joined = [*past[-1:], *ahead]
    title = texts.here()("views.range", low=f"{low:.4g}", high=f"{high:.4g}")
    return (
        f'<svg class="course" viewBox="0 0 {max(1, len(both) - 1)} 100"'
        f' preserveAspectRatio="none" role="img"><title>{title}</title>'
        f"{line(past, 0, 'past')}{line(joined, len(both) - len(joined), 'ahead')}</svg>"
    )
