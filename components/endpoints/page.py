"""The page of endpoints. What is on it comes from `/v2`, by a script that asks again and again as
long as it is looked at; the panel of the playground alone is drawn here.
"""

from typing import Any

import gradio as gr

from api import look
from components import lines, picker, texts, top
from components.callers import scope
from components.endpoints import offer, playground
from endpoints import prices
from endpoints.service import Endpoints
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.settings import Settings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
START = "import('{}').then((page) => page.start(element, trigger));"
CHOSEN = "() => { document.dispatchEvent(new CustomEvent('tagline:chosen')); }"


def draw(inference: Inference, settings: Settings, endpoints: Endpoints) -> None:
    """Builds the page in the Blocks now open. Raises InvalidInput where the settings name a table
    of prices that is none."""
    table = prices.read(settings.prices)
    top.draw("endpoints", inference.engine.hardware, settings.sign_in)
    gr.HTML("", html_template='<div class="ends-head"></div>', elem_id="ends-head", padding=False)
    with gr.Column(elem_id="ends-pick"):
        box = picker.draw()
    page = gr.HTML(
        "",
        html_template='<div class="ends"></div>',
        js_on_load=START.format(look.address("endpoints")),
        elem_id="ends",
        apply_default_css=False,
        padding=False,
    )
    told = gr.HTML(top.skeleton(2), elem_id="ends-offer", padding=False)
    box.input(None, None, None, js=CHOSEN, **QUIET)

    async def tell(request: gr.Request) -> str:
        """Who may do what, in his language."""
        say = texts.here()
        try:
            await endpoints.settled()
        except TaglineError as error:
            return lines.error(str(error))
        return offer.draw(scope(request), inference, settings, endpoints, table, say)

    blocks = gr.context.Context.root_block
    assert blocks is not None
    blocks.load(tell, None, told, **QUIET)

    with gr.Column(elem_id="ends-play"):

        @gr.render(triggers=[blocks.load, page.input], queue=False, show_progress="hidden")
        def panel(request: gr.Request) -> None:
            """Of the tab that the address names."""
            playground.draw(inference, settings, endpoints, request, texts.here())
