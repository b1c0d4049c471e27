"""What stands above every page: the names of the pages, ours, and the hardware."""

from html import escape

import gradio as gr
from gradio.components.navbar import Navbar

from pipelines.hardware import Hardware

FIRST = "Playground"  # what the navigation bar calls the first page


def draw(hardware: Hardware) -> None:
    """Builds it in the Blocks now open, once for each page."""
    Navbar(main_page_name=FIRST)
    gr.HTML(header(hardware), padding=False)


def header(hardware: Hardware) -> str:
    return (
        '<header class="top"><div><h1>Tagline</h1><p>Any model, by its pipeline tag</p></div>'
        f'<span class="badge" title="{escape(hardware.reason)}">{escape(hardware.tier)}</span>'
        "</header>"
    )
