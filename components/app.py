"""All pages as one Gradio app."""

import gradio as gr

from components import clients, machine, playground
from pipelines.inference import Inference
from pipelines.settings import Settings

MACHINE_PAGE = "machine"
CLIENTS_PAGE = "clients"  # its path; hidden from the navigation bar


def build(inference: Inference, settings: Settings) -> gr.Blocks:
    """The Blocks to launch."""
    demo: gr.Blocks = gr.Blocks(title="Tagline", analytics_enabled=False)
    with demo:
        playground.draw(inference)
    with demo.route("Machine", MACHINE_PAGE):
        machine.draw(inference, settings)
    with demo.route("Clients", CLIENTS_PAGE, show_in_navbar=False):
        clients.draw(inference)
    return demo
