"""The HTTP face with its guard, over loopback, on an engine that loads nothing real: for endpoints.

Callers may come from anywhere: the test says from where, as a trusted proxy would.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.app import build
from api.layers import layers, within
from api.metrics import Metrics
from endpoints.build import build as build_endpoints
from endpoints.service import Endpoints
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.engine.processes import Processes
from pipelines.engine.starting import starter
from pipelines.hardware import Hardware, detect, probe
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from pipelines.task import Task
from store.database import connect
from store.tokens import Tokens
from tests.api.local import Writer
from tests.api.wire import SECONDS, on_board
from tests.conftest import CHATTER, STARTERS

CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}


@dataclass(frozen=True)
class Running:
    """A server, its endpoints, and its tokens."""

    url: str
    endpoints: Endpoints
    tokens: Tokens
    loop: asyncio.AbstractEventLoop

    def ask(
        self, method: str, path: str, token: str | None = None, at: str | None = None, **given: Any
    ) -> httpx.Response:
        headers: dict[str, str] = dict(given.pop("headers", {}))
        if token:
            headers["authorization"] = f"Bearer {token}"
        if at:
            headers["x-forwarded-for"] = at
        return httpx.request(method, self.url + path, headers=headers, timeout=SECONDS, **given)

    def do(self, work: Any) -> Any:
        """Runs a coroutine of the endpoints where they live."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def make(self, name: str, **given: Any) -> None:
        """An endpoint that is up."""
        from endpoints.spec import read

        spec = read({"name": name, "model": CHATTER, **given})
        self.do(self.endpoints.create(spec, "a test"))
        self.until(name, "running")

    def until(self, name: str, state: str, seconds: float = SECONDS) -> None:
        end = time.monotonic() + seconds
        while self.endpoints.get(name).status.state != state:
            assert time.monotonic() < end, self.endpoints.get(name).status
            time.sleep(0.02)


@contextmanager
def running(
    home: Path, level: Any = None, proxied: bool = True, real: bool = False, **given: Any
) -> Iterator[Running]:
    """A server of that level on loopback. `proxied` says that it believes where calls come from;
    with `real`, models are loaded, in processes of their own."""
    settings = Settings(
        host="127.0.0.1", level=level, home=home, starters_dir=STARTERS, offline=True,
        rate_limit="off", **given,
    )  # fmt: skip
    hardware = detect(probe(), settings.device, settings.dtype)
    placement = Processes(starter(), settings.limits) if real else Inline(load)
    engine = Engine(placement, hardware)
    models = Models(settings, home / "hf") if real else on_board()
    inference = Inference(models, engine, settings.limits)
    endpoints, metrics = build_endpoints(inference, settings), Metrics(engine)
    tokens = Tokens(connect(settings.database_url))
    api = build(inference, settings, metrics, endpoints)
    app: Any = within(api, layers(inference, settings, [metrics.answered], endpoints))
    app = ProxyHeadersMiddleware(app, "127.0.0.1") if proxied else app
    config = uvicorn.Config(
        app, "127.0.0.1", 0, log_level="warning", lifespan="off", proxy_headers=False
    )
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        endpoints.start()
        await endpoints.settled()
        await server.serve()
        await endpoints.close()
        await engine.close()

    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    until = time.monotonic() + SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(f"http://127.0.0.1:{port}", endpoints, tokens, loops[0])
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        tokens.engine.dispose()


def load(task: Task, model: Model, hardware: Hardware) -> Any:
    return Writer()
