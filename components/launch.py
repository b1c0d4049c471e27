"""How page and API share one port, from the start to the end."""

import asyncio
import gc
import logging
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from fastapi import FastAPI

from api import look, observe
from api.app import build as build_api
from api.connections import impatient
from api.endpoint_gauges import EndpointGauges
from api.layers import layers, within
from api.metrics import Metrics
from api.observe import Watcher
from api.spans import exporting
from components.app import build as build_page
from components.texts import i18n
from components.theme import FAVICON, theme
from endpoints.build import build as build_endpoints
from pipelines import logs
from pipelines.inference import Inference
from pipelines.settings import MB, Settings

log = logging.getLogger(__name__)
LAST_SECONDS = 2  # for what is still being sent when all calls are answered
# Between two looks of Gradio's queue at whether somebody waits. Its own 1 ms keeps 6 % of a core
# busy for a page that nobody looks at.
QUEUE_SECONDS = 0.01
MOST_WAITING = 256  # events of all pages together; more are told to come back later


class Serving:
    """The server: `api`'s routes come before Gradio's own."""

    def __init__(self, inference: Inference, settings: Settings) -> None:
        self.inference, self.settings = inference, settings
        self.endpoints = build_endpoints(inference, settings)
        self.page = build_page(inference, settings, self.endpoints)
        self.metrics = Metrics(inference.engine)
        self.metrics.registry.register(EndpointGauges(self.endpoints))
        inference.engine.listeners.append(observe.note)
        self.spans = exporting()
        if self.spans:
            inference.engine.listeners.append(self.spans.hear)
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        """Serves until SIGINT or SIGTERM, then answers what is under way."""
        self.start()
        try:
            with redirect_stderr(logs.Prints()):
                threading.Event().wait()
        except KeyboardInterrupt:
            self.end()

    def start(self) -> None:
        """Raises OSError and InvalidInput where it cannot be as the settings say."""
        _ = self.inference.models.shown  # raises where --model names a folder without a model
        check_address(self.settings.host, self.settings.port)
        if self.inference.engine.hardware.zero:
            self.inference.place(self.settings.pinned)
        api = build_api(self.inference, self.settings, self.metrics, self.endpoints)
        self.layers = layers(self.inference, self.settings, self.watchers, self.endpoints)
        # Not by its `queue`, which builds the whole application once more.
        queue = self.page._queue
        queue.default_concurrency_limit, queue.max_size = None, MOST_WAITING
        queue.sleep_when_free = queue.progress_update_sleep_when_free = QUEUE_SECONDS
        with redirect_stdout(StringIO()):  # Gradio writes paragraphs where it gets no public link
            self.page.launch(**self.arguments(api))
        impatient(self.page.server.config, self.settings.head_seconds, self.settings.body_seconds)
        logs.adopt("uvicorn")
        gc.freeze()  # what stands now stays: the collector need not go through it again and again
        gc.enable()
        self.greet(greeting(str(self.page.local_url), self.settings.share, self.page.share_url))

    def greet(self, line: str) -> None:
        if self.settings.log_format == "json":
            log.info(line)
        else:
            print(line, flush=True)

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """Returns at once: Gradio gives a server five seconds to start.

        No request comes before this. Our layers go around the whole application here, since
        Gradio puts its own rules for other sites' pages around those that it is handed.
        """
        app.middleware_stack = within(app.middleware_stack, self.layers)
        self.loop = asyncio.get_running_loop()
        warming = asyncio.create_task(self.inference.warm(self.settings.pinned))
        if not self.settings.demo:  # nothing leads to them there
            self.endpoints.start()
        yield
        warming.cancel()
        await self.endpoints.close()
        await self.inference.close()

    def end(self) -> None:
        """Lets calls finish, no longer than the settings say, then closes."""
        assert self.loop
        assert self.page.server
        drain = self.inference.engine.drain(self.settings.drain_seconds)
        asyncio.run_coroutine_threadsafe(drain, self.loop).result()
        self.page.server.config.timeout_graceful_shutdown = LAST_SECONDS
        self.page.server.close()  # type: ignore[no-untyped-call]
        if self.spans:
            self.spans.close()

    @property
    def watchers(self) -> list[Watcher]:
        """Who is told of each request."""
        traced = [self.spans.answered] if self.spans else []
        return [self.metrics.answered, *traced]

    def arguments(self, api: FastAPI) -> dict[str, Any]:
        return {
            "server_name": self.settings.host,
            "server_port": self.settings.port,
            "share": self.settings.share,
            "app_kwargs": {
                "routes": api.routes,
                "lifespan": self.lifespan,
            },
            "theme": theme(),
            "head": look.head(),
            "i18n": i18n(),
            "favicon_path": FAVICON,
            "footer_links": [],
            "max_file_size": int(self.settings.max_body_mb * MB),
            "blocked_paths": [str(self.settings.home)],
            "show_error": False,
            "run_history": False,
            "enable_monitoring": False,
            "ssr_mode": False,
            "prevent_thread_lock": True,
            "quiet": True,
        }


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
