"""All pages as one Gradio app."""

import gradio as gr

from api.embedded import PAGE as EMBEDDED
from components import clients, dataset, deploy, embedded, history, machine, playground, tasks
from components.compare import page as compare
from components.endpoints import page as endpoints_page
from components.top import PAGES
from endpoints.build import build as build_endpoints
from endpoints.service import Endpoints
from pipelines.inference import Inference
from pipelines.settings import Settings
from store.shelf import Shelf

CLIENTS_PAGE = "clients"  # its path; no page leads there
DRAWN = {
    "compare": compare.draw,
    "dataset": dataset.draw,
    "history": history.draw,
    "tasks": tasks.draw,
    "deploy": deploy.draw,
    "machine": machine.draw,
}


def build(
    inference: Inference, settings: Settings, endpoints: Endpoints | None = None
) -> gr.Blocks:
    """The Blocks to launch."""
    demo: gr.Blocks = gr.Blocks(title="Tagline", analytics_enabled=False)
    with demo:
        playground.draw(inference, settings, Shelf(settings))
    for name, draw in () if settings.demo else DRAWN.items():
        with demo.route(name, PAGES[name], show_in_navbar=False):
            draw(inference, settings)
    if not settings.demo:
        with demo.route("endpoints", PAGES["endpoints"], show_in_navbar=False):
            kept = endpoints or build_endpoints(inference, settings)
            endpoints_page.draw(inference, settings, kept)
    with demo.route("embedded", EMBEDDED, show_in_navbar=False):
        embedded.draw(inference, settings)
    with demo.route("Clients", CLIENTS_PAGE, show_in_navbar=False):
        clients.draw(inference)
    return demo
