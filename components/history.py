"""The page of runs that this browser remembers: a script draws them, since only the browser has
them."""

import gradio as gr

from api import look
from components import top
from components.texts import both
from pipelines.inference import Inference
from pipelines.settings import Settings


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    top.draw("history", inference.engine.hardware, settings.sign_in)
    gr.HTML(intro(settings.sign_in), padding=False)
    gr.HTML(
        "",
        html_template='<div class="runs"></div>',
        js_on_load=f"import('{look.address('history')}').then((page) => page.start(element));",
        elem_id="runs",
        apply_default_css=False,
        padding=False,
    )


def intro(signed_in: bool) -> str:
    """What the page is, and who sees it."""
    who = both("history.private") if signed_in else both("history.by_link")
    return (
        f'<div class="runs-intro"><h2>{both("history.title")}</h2>'
        f"<p>{both('history.intro')} {who}</p></div>"
    )
