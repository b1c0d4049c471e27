"""The page that Gradio's web component draws within another page: one model's widget alone."""

from typing import Any

import gradio as gr

from api import embedded
from components import choosing, demo, texts
from components.callers import caller, scope
from pipelines.inference import Inference
from pipelines.settings import Settings


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    blocks = gr.context.Context.root_block
    assert blocks is not None

    @gr.render(triggers=[blocks.load], queue=False, show_progress="hidden")
    def body(request: gr.Request) -> None:
        query: dict[str, Any] = dict(request.query_params)
        chosen = choosing.by_address(inference, query, settings.task)
        client, whole = caller(inference, request), not settings.demo
        place = embedded.server(scope(request))
        demo.draw(inference, client, chosen, query, whole, texts.here(), place)
