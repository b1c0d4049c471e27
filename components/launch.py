"""How page and API share one port, from the start to the end."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from io import StringIO
from typing import Any

from fastapi import FastAPI

from api.app import build as build_api
from components.app import build as build_page
from components.theme import CSS, FAVICON, SCRIPT, theme
from pipelines.inference import Inference
from pipelines.settings import MB, Settings

LAST_SECONDS = 2  # for what is still being sent when all calls are answered


class Serving:
    """The server: `api`'s routes come before Gradio's own."""

    def __init__(self, inference: Inference, settings: Settings) -> None:
        self.inference, self.settings = inference, settings
        self.page = build_page(inference, settings)
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        """Serves until SIGINT or SIGTERM, then answers what is under way."""
        self.start()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            self.end()

    def start(self) -> None:
        """Raises OSError and InvalidInput where it cannot be as the settings say."""
        _ = self.inference.models.shown  # raises where --model names a folder without a model
        check_address(self.settings.host, self.settings.port)
        api = build_api(self.inference, self.settings)
        self.page.queue(default_concurrency_limit=None, max_size=256)
        with redirect_stdout(StringIO()):  # Gradio writes paragraphs where it gets no public link
            self.page.launch(**arguments(api, self.settings, self.lifespan))
        address = str(self.page.local_url)
        print(greeting(address, self.settings.share, self.page.share_url), flush=True)

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """Returns at once: Gradio gives a server five seconds to start."""
        self.loop = asyncio.get_running_loop()
        warming = asyncio.create_task(self.inference.warm(self.settings.pinned))
        yield
        warming.cancel()
        await self.inference.close()

    def end(self) -> None:
        """Lets calls finish, no longer than the settings say, then closes."""
        assert self.loop
        assert self.page.server
        drain = self.inference.engine.drain(self.settings.drain_seconds)
        asyncio.run_coroutine_threadsafe(drain, self.loop).result()
        self.page.server.config.timeout_graceful_shutdown = LAST_SECONDS
        self.page.server.close()  # type: ignore[no-untyped-call]


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
