"""A picture to point at and to paint on: the widget of the kinds `marks` and `mask`.

What it holds is text: marks as JSON in pixels of the picture, a mask as a data URL of a PNG that is
white where it was painted; nothing is the empty text. The picture is that of another box, which
tells it by an event (`shown`).
"""

import base64
import json
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from components import texts
from components.theme import ASSETS
from pipelines.slots import Slot

Component = gr.components.Component
SCRIPT = (ASSETS / "js" / "pad.js").read_text(encoding="utf-8")
PNG = "data:image/png;base64,"
TOOLS = {
    "marks": '<button type="button" class="pad-out" aria-pressed="false">{outside}</button>',
    "mask": '<label>{brush} <input type="range" class="pad-brush" min="1" max="30" value="8"'
    ' aria-label="{size}"></label>',
}
TEMPLATE = """<div class="pad" data-mode="{mode}" data-painted="{painted}" data-broken="{broken}">
<p class="pad-name">{name}</p>
<div class="pad-stage" tabindex="0" role="application" aria-label="{name}"
aria-describedby="{id}-help" hidden>
<img alt="" draggable="false"><canvas></canvas><svg></svg></div>
<p class="pad-empty" data-first="{empty}">{empty}</p>
<div class="pad-tools" hidden>TOOLS<button type="button" class="pad-undo">{undo}</button>
<button type="button" class="pad-clear">{clear}</button><output></output></div>
<p class="caption" id="{id}-help">{help}</p></div>"""
WORDS = ("painted", "broken", "empty", "outside", "brush", "size", "undo", "clear")
SHOWN = """(image) => {
  const pad = document.querySelector("#%s .pad");
  if (pad) pad.dispatchEvent(new CustomEvent("picture", { detail: image ? image.url : "" }));
}"""


def pad(slot: Slot, value: Any) -> Component:
    """The widget; the text that it holds is a component's value like any other."""
    return gr.HTML(
        value or "",
        html_template=template(slot),
        js_on_load=SCRIPT,
        elem_id=id_of(slot),
        label=texts.here().word(slot.label),
        apply_default_css=False,
        padding=False,
    )


def template(slot: Slot) -> str:
    """The markup of the widget in the reader's language."""
    say = texts.here()
    words = {each: escape(say(f"views.pad_{each}")) for each in WORDS}
    words["help"] = escape(say(f"views.pad_{slot.kind}"))
    words["name"] = escape(say.word(slot.description or slot.label))
    return TEMPLATE.replace("TOOLS", TOOLS[slot.kind]).format(
        mode=slot.kind, id=id_of(slot), **words
    )


def id_of(slot: Slot) -> str:
    return f"pad-{slot.name}"


def link(slot: Slot, boxes: dict[str, Any]) -> None:
    """Lets a pad show the picture of the box "image", and every other that it is changed to."""
    if slot.kind in TOOLS and "image" in boxes:
        boxes["image"].change(
            None,
            boxes["image"],
            None,
            js=SHOWN % id_of(slot),
            queue=False,
            api_visibility="private",
            show_progress="hidden",
        )


def show_marks(value: Any) -> str:
    """Marks as the pad holds them; what a link says of them as it is."""
    return value if isinstance(value, str) else json.dumps(value) if value else ""


def show_mask(value: Path | None) -> str:
    return PNG + base64.b64encode(value.read_bytes()).decode() if value else ""


def read_mask(value: Any) -> bytes | None:
    return base64.b64decode(value.partition(",")[2]) if value else None
