"""All pages as one Gradio app."""

import gradio as gr

from components import clients, playground
from pipelines.inference import Inference

CLIENTS_PAGE = "clients"  # its path; hidden from the navigation bar


def build(inference: Inference) -> gr.Blocks:
    """The Blocks to launch."""
    demo: gr.Blocks = gr.Blocks(title="Tagline", analytics_enabled=False)
    with demo:
        playground.draw(inference)
    with demo.route("Clients", CLIENTS_PAGE, show_in_navbar=False):
        clients.draw(inference)
    return demo
