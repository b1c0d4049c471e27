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
            begin(demo, name, PAGES[name])
            draw(inference, settings)
        if not settings.demo:
            begin(demo, "endpoints", PAGES["endpoints"])
            kept = endpoints or build_endpoints(inference, settings)
            endpoints_page.draw(inference, settings, kept)
        begin(demo, "embedded", EMBEDDED)
        embedded.draw(inference, settings)
        begin(demo, "Clients", CLIENTS_PAGE)
        clients.draw(inference)
    return demo


def begin(demo: gr.Blocks, name: str, path: str) -> None:
    """What is drawn from here on stands on a page of its own, which no navigation bar shows.

    As `demo.route`, but inside the one block: at the end of every block Gradio builds its whole
    application anew, which for ten pages is a second of the start.
    """
    demo.current_page = path.strip("/")
    demo.pages.append((demo.current_page, name, False))
