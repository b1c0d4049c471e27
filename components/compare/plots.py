"""Time and memory of each as small bars, and who needs least in words."""

from collections.abc import Callable, Mapping
from html import escape

from api.texts import Texts
from pipelines.models.offer import in_words

Rows = Mapping[str, float]  # by the names that are shown
CLOSE = 1.1  # times: below it nobody is told to be better


def bars(title: str, note: str, rows: Rows, write: Callable[[float], str]) -> str:
    """Bars on one scale, each with its number."""
    top = max(rows.values()) or 1
    made = "".join(
        f'<li><span class="bar-name">{escape(name)}</span>'
        f'<span class="bar-value">{escape(write(each))}</span><span class="bar-track">'
        f'<span style="width:{100 * each / top:.1f}%"></span></span></li>'
        for name, each in rows.items()
    )
    return f'<section><h3>{escape(title)}</h3><ul class="bars">{made}</ul>{note}</section>'


def best(key: str, rows: Rows, say: Texts) -> str:
    """A sentence about the least, and how many times the most is of it."""
    if len(rows) < 2:
        return ""
    least, most = min(rows, key=rows.__getitem__), max(rows, key=rows.__getitem__)
    times = rows[most] / rows[least] if rows[least] else 0
    close = times < CLOSE
    said = say(f"compare.{key}_close") if close else say(
        f"compare.{key}", least=short(least), most=short(most), times=f"{times:.1f}"
    )  # fmt: skip
    return f'<p class="caption">{escape(said)}</p>'


def short(name: str) -> str:
    """The letters of a row."""
    return name.split(" · ")[0]


def seconds(each: float) -> str:
    return f"{1000 * each:.0f} ms" if 0.001 <= each < 1 else f"{each:.3g} s"


def plots(times: Rows, memory: Rows, runs: int, say: Texts) -> str:
    """Both, as far as something is known."""
    made = ""
    if times:
        note = best("fastest", times, say)
        median = say("compare.median", n=runs) if runs > 1 else say("compare.median_one")
        note += f'<p class="caption">{escape(median)}</p>'
        made += bars(say("compare.time"), note, times, seconds)
    if memory:
        note = best("smallest", memory, say)
        made += bars(say("compare.memory"), note, memory, lambda each: in_words(int(each)))
    return f'<div class="plots">{made}</div>' if made else ""
