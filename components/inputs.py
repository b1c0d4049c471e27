"""A kind of value to a widget, and a widget's value back to what the task reads."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from pipelines.errors import InvalidInput
from pipelines.slots import Slot

Component = gr.components.Component
NEAR = 1_000  # widest range that a slider can set exactly
UNSET = "default"  # the choice that means "not given"


def same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Widget:
    """How a kind is asked for: `make` the component with a value as `show` gives it, `read` it."""

    make: Callable[[Slot, Any], Component]
    read: Callable[[Any], Any] = same
    show: Callable[[Any], Any] = same


def about(slot: Slot) -> dict[str, Any]:
    """What every widget shares. Inside `gr.render` an input with a value is off unless told."""
    about = slot.description or None
    return {"label": slot.label, "info": about, "interactive": True, "min_width": 200}


def text(slot: Slot, value: Any) -> Component:
    return gr.Textbox(value, lines=3, max_lines=12, placeholder=hint(slot), **about(slot))


def line(slot: Slot, value: Any) -> Component:
    return gr.Textbox(value, lines=1, placeholder=hint(slot), **about(slot))


def hint(slot: Slot) -> str | None:
    return str(slot.examples[0]) if slot.examples and isinstance(slot.examples[0], str) else None


def lines(slot: Slot, value: Any) -> Component:
    return gr.Textbox(value, lines=4, max_lines=16, **about(slot))


def chat(slot: Slot, value: Any) -> Component:
    # One line, so that Enter sends; Shift+Enter begins a new one.
    return gr.Textbox(
        value, lines=1, max_lines=8, placeholder="Write a message", **without_info(slot)
    )


def number(slot: Slot, value: Any) -> Component:
    """A slider where both ends are near, else a box; a text box where "not given" is a value,
    since gradio's number box cannot be empty."""
    if slot.default is None:
        return gr.Textbox(value, lines=1, placeholder=UNSET, **about(slot))
    step = 1 if slot.whole else 0.05
    if slot.low is not None and slot.high is not None and slot.high - slot.low <= NEAR:
        return gr.Slider(slot.low, slot.high, value, step=step, **about(slot))
    return gr.Number(value, minimum=slot.low, maximum=slot.high, step=step, **about(slot))


def choice(slot: Slot, value: Any) -> Component:
    return gr.Dropdown([UNSET, *map(str, slot.choices)], value=value, **about(slot))


def flag(slot: Slot, value: Any) -> Component:
    return gr.Checkbox(bool(value), **about(slot))


def maybe(slot: Slot, value: Any) -> Component:
    """A flag whose absence means something else than off."""
    return gr.Dropdown([UNSET, "yes", "no"], value=value, **about(slot))


def path_of(payload: Any) -> Any:
    """A picture's file as it is: gradio's own reading opens it, and has no words for a bad one."""
    return payload.path if payload else None


def image(slot: Slot, value: Any) -> Component:
    box = gr.Image(
        value,
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        height=320,
        webcam_options=gr.WebcamOptions(mirror=False),
        **without_info(slot),
    )
    # Not a subclass: gradio would write a stub file beside it.
    box.preprocess = path_of  # type: ignore[method-assign]
    return box


def audio(slot: Slot, value: Any) -> Component:
    return gr.Audio(
        value,
        type="filepath",
        format=None,
        sources=["upload", "microphone"],
        **without_info(slot),
    )


def without_info(slot: Slot) -> dict[str, Any]:
    return {"label": slot.description or slot.label, "interactive": True}


def table(slot: Slot, value: Any) -> Component:
    return gr.Dataframe(value, type="pandas", label=slot.label, interactive=True, max_height=320)


def any_json(slot: Slot, value: Any) -> Component:
    return gr.Code(value, language="json", lines=3, label=slot.label, interactive=True)


def read_blank(value: Any) -> Any:
    """An empty box means "not given"."""
    return None if value == "" else value


def show_blank(value: Any) -> Any:
    """An empty text, not None: in the browser None leaves what stood in the same place before."""
    return "" if value is None else value


def read_choice(value: Any) -> Any:
    return None if value == UNSET else value


def show_choice(value: Any) -> Any:
    return UNSET if value is None else str(value)


def read_maybe(value: Any) -> Any:
    return {"yes": True, "no": False, UNSET: None}.get(value, value)


def show_maybe(value: Any) -> Any:
    return UNSET if value is None else "yes" if value else "no"


def read_number(value: Any) -> Any:
    """A number, None for an empty box; other text goes on, for the task's record to refuse."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        return float(text) if text else None
    except ValueError:
        return text


def show_number(value: Any) -> Any:
    return "" if value is None else f"{value:g}"


def read_lines(value: Any) -> Any:
    if isinstance(value, list):
        return value
    return [each for each in (value or "").splitlines() if each.strip()]


def show_lines(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else show_blank(value)


def read_names(value: Any) -> Any:
    if isinstance(value, list):
        return value
    return [each.strip() for each in (value or "").split(",") if each.strip()]


def show_names(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else show_blank(value)


def read_file(value: Any) -> Any:
    return Path(value).read_bytes() if value else None


def show_file(value: Any) -> Any:
    """A copy in gradio's own cache, the only place it serves files from: models stay unseen."""
    return save_file_to_cache(value, get_upload_folder()) if value else None


def read_table(value: Any) -> Any:
    """A Dataframe's pandas value to columns by name; empty cells become None."""
    if not hasattr(value, "to_dict"):
        return value
    columns: dict[str, list[Any]] = value.astype(object).to_dict("list")
    return {str(name): [blank(cell) for cell in column] for name, column in columns.items()}


def blank(cell: Any) -> Any:
    """None for an empty cell, which pandas holds as NaN or as an empty text."""
    return None if cell == "" or cell != cell else cell


def show_table(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        "headers": list(value),
        "data": [list(row) for row in zip(*value.values(), strict=True)],
    }


def show_chat(value: Any) -> Any:
    return value[-1]["content"] if isinstance(value, list) and value else show_blank(value)


def read_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except ValueError as error:
        raise InvalidInput(f"This is not valid JSON: {error}.") from error


def show_json(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if value is not None else None


WIDGETS = {
    "text": Widget(text, show=show_blank),
    "line": Widget(line, show=show_blank),
    "option": Widget(line, read_blank, show_blank),
    "lines": Widget(lines, read_lines, show_lines),
    "names": Widget(line, read_names, show_names),
    "number": Widget(number),
    "maybe number": Widget(number, read_number, show_number),
    "choice": Widget(choice, read_choice, show_choice),
    "flag": Widget(flag),
    "maybe": Widget(maybe, read_maybe, show_maybe),
    "image": Widget(image, read_file, show_file),
    "audio": Widget(audio, read_file, show_file),
    "table": Widget(table, read_table, show_table),
    "messages": Widget(chat, same, show_chat),
    "json": Widget(any_json, read_json, show_json),
}


def of(slot: Slot) -> Widget:
    """The widget of a field."""
    if slot.kind == "flag" and slot.default is None:
        return WIDGETS["maybe"]
    if slot.kind == "number" and slot.default is None and not slot.required:
        return WIDGETS["maybe number"]
    if slot.kind == "text" and not slot.required:
        return WIDGETS["option"]
    return WIDGETS[slot.kind]
