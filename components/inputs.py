"""The widget of each kind of value that goes in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from components import files, texts, values
from components.pad import pad, read_mask, show_marks, show_mask
from pipelines.slots import Slot

Component = gr.components.Component
NEAR = 1_000  # widest range that a slider can set exactly


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
    say = texts.here()
    info = say.word(slot.description) if slot.description else None
    return {"label": say.word(slot.label), "info": info, "interactive": True, "min_width": 200}


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
    hint = texts.here()("views.write")
    return gr.Textbox(value, lines=1, max_lines=8, placeholder=hint, **without_info(slot))


@files.sent
def talk(slot: Slot, value: Any) -> Component:
    # In a box of its own, as a Chatbot is: it breaks on the value of a plain text box.
    with gr.Group():
        return gr.MultimodalTextbox(
            value,
            file_types=list(slot.media),
            file_count="multiple",
            sources=["upload", "microphone"] if "audio" in slot.media else ["upload"],
            lines=1,
            max_lines=8,
            placeholder=texts.here()("views.write_files"),
            **without_info(slot),
        )


def number(slot: Slot, value: Any) -> Component:
    """A slider where both ends are near, else a box; a text box where "not given" is a value,
    since gradio's number box cannot be empty."""
    if slot.default is None and not slot.required:
        return gr.Textbox(value, lines=1, placeholder=texts.here()("views.unset"), **about(slot))
    step = 1 if slot.whole else 0.05
    if slot.low is not None and slot.high is not None and slot.high - slot.low <= NEAR:
        return gr.Slider(slot.low, slot.high, value, step=step, **about(slot))
    return gr.Number(value, minimum=slot.low, maximum=slot.high, step=step, **about(slot))


def choice(slot: Slot, value: Any) -> Component:
    say = texts.here()
    unset = own(values.UNSET) if slot.default is None else []
    choices = [*unset, *((say.word(each), each) for each in map(str, slot.choices))]
    return gr.Dropdown(choices, value=value, **about(slot))


def own(*choices: str) -> list[tuple[str, str]]:
    """Choices of the page itself, with their names in the reader's language."""
    say = texts.here()
    return [(say(f"views.{values.OWN[each]}"), each) for each in choices]


def flag(slot: Slot, value: Any) -> Component:
    return gr.Checkbox(bool(value), **about(slot))


def maybe(slot: Slot, value: Any) -> Component:
    """A flag whose absence means something else than off."""
    return gr.Dropdown(own(*values.OWN), value=value, **about(slot))


def path_of(payload: Any) -> Any:
    """A picture's file as it is: gradio's own reading opens it, and has no words for a bad one."""
    return payload.path if payload else None


@files.sent
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


@files.sent
def audio(slot: Slot, value: Any) -> Component:
    return gr.Audio(
        value,
        type="filepath",
        format=None,
        sources=["upload", "microphone"],
        **without_info(slot),
    )


@files.sent
def video(slot: Slot, value: Any) -> Component:
    box = gr.Video(
        value,
        format=None,
        sources=["upload", "webcam"],
        height=320,
        webcam_options=gr.WebcamOptions(mirror=False),
        **without_info(slot),
    )
    # As with pictures: what the file holds is for the task to say.
    box.preprocess = path_of
    return box


@files.sent
def images(slot: Slot, value: Any) -> Component:
    return gr.Gallery(
        value, type="filepath", file_types=["image"], columns=3, height=320, **without_info(slot)
    )


def without_info(slot: Slot) -> dict[str, Any]:
    name = texts.here().word(slot.description or slot.label)
    return {"label": name, "interactive": True}


def table(slot: Slot, value: Any) -> Component:
    name = texts.here().word(slot.label)
    return gr.Dataframe(value, type="pandas", label=name, interactive=True, max_height=320)


def any_json(slot: Slot, value: Any) -> Component:
    name = texts.here().word(slot.label)
    return gr.Code(value, language="json", lines=3, max_lines=16, label=name, interactive=True)


WIDGETS = {
    "text": Widget(text, show=values.show_blank),
    "line": Widget(line, show=values.show_blank),
    "option": Widget(line, values.read_blank, values.show_blank),
    "adapter": Widget(line, values.read_blank, values.show_blank),
    "lines": Widget(lines, values.read_lines, values.show_lines),
    "names": Widget(line, values.read_names, values.show_names),
    "maybe names": Widget(line, lambda value: values.read_names(value) or None, values.show_names),
    "number": Widget(number),
    "maybe number": Widget(number, values.read_number, values.show_number),
    "choice": Widget(choice, values.read_choice, values.show_choice),
    "flag": Widget(flag),
    "maybe": Widget(maybe, values.read_maybe, values.show_maybe),
    "image": Widget(image, values.read_file, values.show_file),
    "audio": Widget(audio, values.read_file, values.show_file),
    "video": Widget(video, values.read_file, values.show_file),
    "images": Widget(images, values.read_files, values.show_files),
    "mask": Widget(pad, read_mask, show_mask),
    "marks": Widget(pad, values.read_json, show_marks),
    "table": Widget(table, values.read_table, values.show_table),
    "messages": Widget(chat, same, values.show_chat),
    "messages with files": Widget(talk, values.read_talk, values.show_talk),
    "json": Widget(any_json, values.read_json, values.show_json),
}


def of(slot: Slot) -> Widget:
    """The widget of a field."""
    if slot.kind == "flag" and slot.default is None:
        return WIDGETS["maybe"]
    if slot.kind == "number" and slot.default is None and not slot.required:
        return WIDGETS["maybe number"]
    if slot.kind == "names" and slot.default is None and not slot.required:
        return WIDGETS["maybe names"]
    if slot.kind == "text" and not slot.required:
        return WIDGETS["option"]
    if slot.media:
        return WIDGETS["messages with files"]
    return WIDGETS[slot.kind]
