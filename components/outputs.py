"""A result to what the page shows, by the kind of the output."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from pipelines.engine.call import Status
from pipelines.kinds import OutputKind, flat
from pipelines.models.offer import in_words
from pipelines.task import Inputs

Component = gr.components.Component
MOST_JSON = 200_000  # characters of raw JSON on the page; the API gives all
MOST_BARS = 384  # numbers of a vector that are drawn
MOST_ROWS = 200  # rows of a table that are drawn


@dataclass(frozen=True)
class View:
    """How an output kind is shown: `make` the component, `show` a value in it."""

    make: Callable[[], Component]
    show: Callable[[Any, Inputs, OutputKind], Any]
    asked: Callable[[Inputs], Any] = lambda inputs: gr.skip()  # shown while nothing has come
    grow: Callable[[str, Inputs], Any] = lambda written, inputs: written  # a part of a stream


def html() -> Component:
    return gr.HTML(EMPTY, elem_id="result", html_template=RESULT, padding=False)


def textbox() -> Component:
    return gr.Textbox(
        label="Result",
        lines=8,
        max_lines=24,
        interactive=False,
        buttons=["copy"],
        elem_id="result",
        placeholder="The result appears here.",
    )


def chatbot() -> Component:
    # In a box of its own: when the panel changes, the browser hands the new values to what stood
    # in the same place before, and a Chatbot breaks on any that is no conversation.
    with gr.Group():
        return gr.Chatbot(
            label="Conversation",
            height=420,
            buttons=["copy", "copy_all"],
            elem_id="result",
            feedback_options=None,
            placeholder="The conversation appears here.",
        )


# An own class inside: gradio puts a component's classes on two nested elements.
RESULT = '<div class="result">${value}</div>'
EMPTY = '<p class="empty">The result appears here.</p>'


def bars(rows: Sequence[tuple[str, float]]) -> str:
    """Labelled horizontal bars, scaled to the largest value; negative ones are empty."""
    top = max((score for _, score in rows if math.isfinite(score)), default=0) or 1
    return f'<ul class="bars">{"".join(bar(label, score, top) for label, score in rows)}</ul>'


def bar(label: str, score: float, top: float) -> str:
    width = max(0, min(100, 100 * score / top)) if math.isfinite(score) else 0
    return (
        f'<li><span class="bar-name">{escape(label)}</span>'
        f'<span class="bar-value">{score:.3f}</span>'
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


def vector(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Shape, length, a small plot and the first numbers."""
    numbers = flat(value)
    shape = " × ".join(map(str, shape_of(value)))
    first = ", ".join(f"{number:.4f}" for number in numbers[:8])
    more = ", …" if len(numbers) > 8 else ""
    return (
        f'<div class="vector"><p><b>{shape}</b> numbers, length {math.hypot(*numbers):.3f}</p>'
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
    title = f"The first {len(numbers)} numbers"
    return (
        f'<svg viewBox="0 0 {max(1, len(numbers))} 100" preserveAspectRatio="none" role="img">'
        f"<title>{title}</title>{lines}</svg>"
    )


def table(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The table that went in, with the predictions before it."""
    columns = next(v for v in inputs.model_dump().values() if isinstance(v, dict))
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    rows = list(zip(*columns.values(), strict=True))
    body = "".join(row(cells, value[i]) for i, cells in enumerate(rows[:MOST_ROWS]))
    more = len(rows) - MOST_ROWS
    note = f'<p class="empty">and {more} more rows in the JSON</p>' if more > 0 else ""
    return (
        f'<div class="table"><table><thead><tr><th class="new">prediction</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{note}</div>"
    )


def row(cells: Sequence[Any], prediction: Any) -> str:
    plain = "".join(f"<td>{escape(cell_text(cell))}</td>" for cell in cells)
    return f'<tr><td class="new">{escape(cell_text(prediction))}</td>{plain}</tr>'


def cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def text(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    return kind.text(value)


def message(value: Any, inputs: Inputs, kind: OutputKind) -> list[dict[str, Any]]:
    return said(kind.text(value), inputs)


def said(written: str, inputs: Inputs) -> list[dict[str, Any]]:
    """The conversation so far, ending with an answer."""
    return [*turns(inputs), {"role": "assistant", "content": written}]


def turns(inputs: Inputs) -> list[dict[str, Any]]:
    """The messages that were sent, as a Chatbot shows them."""
    messages = next(v for v in inputs.model_dump().values() if isinstance(v, list))
    return [{"role": turn["role"], "content": str(turn["content"] or "")} for turn in messages]


def past(shown: Any) -> list[dict[str, str]]:
    """The turns that a Chatbot shows, as messages."""
    return [{"role": turn["role"], "content": plain(turn["content"])} for turn in shown or []]


def plain(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


VIEWS = {
    "labels": View(html, labels),
    "scores": View(html, scores),
    "ranks": View(html, ranks),
    "vector": View(html, vector),
    "table": View(html, table),
    "text": View(textbox, text),
    "message": View(chatbot, message, turns, said),
}


def raw(value: Any) -> str:
    """The result as the API sends it, indented; numbers of long lists side by side."""
    written = json.dumps(value, ensure_ascii=False, indent=None if is_numbers(value) else 2)
    if len(written) <= MOST_JSON:
        return written
    return written[:MOST_JSON] + "\n… cut here; the API sends it whole"


def is_numbers(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not isinstance(flat(value)[0], dict | str)


def status(text: str, busy: bool = True) -> str:
    """A line about what is going on."""
    return f'<p class="{"busy" if busy else "idle"}" role="status">{escape(text)}</p>'


def loading(now: Status) -> str:
    """A line about a load, with a bar as far as its bytes have come."""
    text = f"Loading the model: {now.reason}, {now.seconds:.1f} s"
    if not now.done:
        return status(f"{text}…")
    left = f", about {now.eta:.0f} s left" if now.eta and now.eta >= 1 else ""
    sizes = f"{in_words(now.done)} of {in_words(now.total)}"
    return status(f"{text}, {sizes}{left}") + progress(now.done / now.total)


def progress(share: float) -> str:
    """A bar that never claims to be done before it is."""
    return f'<div class="load"><span style="width:{min(96, 100 * share):.0f}%"></span></div>'


def error(text: str) -> str:
    return f'<div class="problem" role="alert">{escape(text)}</div>'
