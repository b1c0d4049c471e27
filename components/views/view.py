"""How an output kind is shown, and the box that most of them are shown in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import texts
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

Component = gr.components.Component
# An own class inside: gradio puts a component's classes on two nested elements.
RESULT = '<div class="result" role="region" aria-label="NAME">${value}</div>'

Grow = Callable[[list[Any], Inputs, OutputKind], Any]


def grow_text(chunks: list[Any], inputs: Inputs, kind: OutputKind) -> Any:
    """The words of a stream so far."""
    return "".join(map(kind.delta, chunks))


def unseen(chunks: list[Any], inputs: Inputs, kind: OutputKind) -> Any:
    """Nothing: of such a result there is something only at the end."""
    return gr.skip()


@dataclass(frozen=True)
class View:
    """How an output kind is shown: `make` the component, `show` a value in it, `grow` what has come
    of a stream so far. `again` puts a picture of it where the page can read it, so that it may be
    an input."""

    make: Callable[[], Component]
    show: Callable[[Any, Inputs, OutputKind], Any]
    asked: Callable[[Inputs], Any] = lambda inputs: gr.skip()  # shown while nothing has come
    grow: Grow = grow_text
    again: Callable[[Any], str] | None = None


def html() -> Component:
    template = RESULT.replace("NAME", texts.here()("views.result"))
    empty = empty_line("views.waiting")
    return gr.HTML(empty, elem_id="result", html_template=template, padding=False)


def empty_line(key: str) -> str:
    """A pale line where there is nothing to see, by the key of its text."""
    return f'<p class="empty">{texts.here().html(key)}</p>'


def number(value: float) -> str:
    """A score for the eye: three places, and no false zero."""
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.0005 else f"{value:.1e}"
