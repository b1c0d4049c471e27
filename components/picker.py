"""The box in which a model is searched for; what it finds comes by HTTP (`api/picker.py`)."""

import gradio as gr

from api import look
from components.texts import both

SCRIPT = (  # the card's too, so that its buttons work as soon as it is drawn
    "Promise.all([import('{picker}'), import('{card}')])"
    ".then(([picker]) => picker.start(element, trigger));"
)
SIZES = ("small", "medium", "large", "huge")
PLACES = ("board", "folder", "cache", "hub")
BOX = """<div class="picker">
<div class="picker-row">
<input type="text" role="combobox" aria-label="Model" aria-expanded="false"
 aria-controls="picker-list" aria-autocomplete="list" autocomplete="off" autocapitalize="off"
 spellcheck="false" enterkeyhint="search">
<button type="button" class="picker-more" aria-expanded="false" aria-controls="picker-filters">
{filters}</button></div>
<form id="picker-filters" class="picker-filters" hidden>{fields}</form>
<div id="picker-list" class="picker-list" role="listbox" hidden></div>
<p class="picker-said" role="status"></p></div>"""


def draw() -> gr.HTML:
    """Builds it in the Blocks now open. Its event `input` says that the address has changed."""
    return gr.HTML(
        html_template=BOX.format(filters=both("playground.filters"), fields=fields()),
        js_on_load=SCRIPT.format(picker=look.address("picker"), card=look.address("card")),
        elem_id="model",
        apply_default_css=False,
        padding=False,
    )


def fields() -> str:
    """The filters; of what the server knows alone they have no choices yet."""
    made = [select("task"), select("library"), select("size", SIZES), select("place", PLACES)]
    tick = '<input type="checkbox" name="fits" value="true">'
    return "".join(made) + f"<label>{tick} {both('playground.fits_here')}</label>"


def select(name: str, values: tuple[str, ...] = ()) -> str:
    """Scripts put the words in: an option can hold no markup, so not both languages either."""
    options = "".join(f'<option value="{each}">{each}</option>' for each in values)
    return (
        f"<label>{both(f'playground.by_{name}')}"
        f'<select name="{name}"><option value=""></option>{options}</select></label>'
    )
