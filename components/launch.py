"""How page and API share one port."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, redirect_stdout
from io import StringIO
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

    check_address(settings.host, settings.port)
    page.queue(default_concurrency_limit=None, max_size=256)
    with redirect_stdout(StringIO()):  # Gradio writes paragraphs where it gets no public link
        page.launch(**arguments(api, settings, lifespan))
    print(greeting(str(page.local_url), settings.share, page.share_url), flush=True)


def check_address(host: str, port: int) -> None:
    """Raises OSError at once and in plain words, where Gradio would take its time."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise OSError(
            f"Cannot listen on {host}, port {port}: {error.strerror}. "
            "Choose another with --host or --port"
        ) from error


def greeting(address: str, share: bool, link: str | None) -> str:
    """Where the page is."""
    if share and not link:
        return f"Tagline runs on {address} only: there is no public link, for want of a tunnel."
    return f"Tagline runs on {address}" + (f" and, for everybody, on {link}" if link else "")


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
