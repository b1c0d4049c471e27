"""How page and API share one port."""

from typing import Any

import gradio as gr
from fastapi import FastAPI

from components.theme import CSS, FAVICON, theme
from pipelines.settings import MB, Settings


def launch(page: gr.Blocks, api: FastAPI, settings: Settings) -> None:
    """Starts to serve, and returns. `api`'s routes come before Gradio's own."""
    page.queue(default_concurrency_limit=None, max_size=256)
    page.launch(**arguments(api, settings))


def arguments(api: FastAPI, settings: Settings) -> dict[str, Any]:
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "share": settings.share,
        "app_kwargs": {"routes": api.routes},
        "theme": theme(),
        "css_paths": CSS,
        "favicon_path": FAVICON,
        "footer_links": [],
        "max_file_size": int(settings.max_body_mb * MB),
        "blocked_paths": [str(settings.home)],
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "prevent_thread_lock": True,
        "quiet": True,
    }
