"""How page and API share one port."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from fastapi import FastAPI

from components.theme import CSS, FAVICON, SCRIPT, theme
from pipelines.settings import MB, Settings

Close = Callable[[], Awaitable[None]]


def launch(page: gr.Blocks, api: FastAPI, settings: Settings, close: Close) -> None:
    """Starts to serve, and returns. `api`'s routes come before Gradio's own.

    `close` is awaited when the server ends.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        yield
        await close()

    page.queue(default_concurrency_limit=None, max_size=256)
    page.launch(**arguments(api, settings, lifespan))


def arguments(api: FastAPI, settings: Settings, lifespan: Any) -> dict[str, Any]:
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "share": settings.share,
        "app_kwargs": {"routes": api.routes, "lifespan": lifespan},
        "theme": theme(),
        "css_paths": CSS,
        "js": SCRIPT.read_text(encoding="utf-8"),
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
