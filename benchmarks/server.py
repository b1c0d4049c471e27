"""A server under test: started, watched and ended."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import httpx
import psutil

from benchmarks import family
from benchmarks.process import free_port, running, serve

START = 120  # seconds for a server to be ready
PATIENCE = 120  # seconds for one answer, for whoever has no limit of his own


@dataclass
class Server:
    """`leaked` is how many of its processes outlived it, known when it has ended."""

    process: Popen[str]
    port: int
    log: Path
    seen: set[psutil.Process] = field(default_factory=set)
    leaked: int = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def look(self) -> Sequence[psutil.Process]:
        """All of its processes now."""
        found = family.tree(self.pid)
        self.seen.update(found)
        return found

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def server(home: Path, *flags: str) -> Iterator[Server]:
    """The app on a free port of loopback, its models those on board; everything below `home`."""
    port = free_port()
    with running(home, *serve(port), *flags) as process:
        started = Server(process, port, home / "log")
        yield started
        started.look()
    started.leaked = len(family.survivors(started.seen))


@asynccontextmanager
async def reached(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, once it takes calls."""
    until = time.monotonic() + START
    url = f"http://127.0.0.1:{server.port}"
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, timeout=PATIENCE, limits=limits, trust_env=False
    ) as http:
        while not await is_ready(http):
            if not server.alive or time.monotonic() > until:
                raise RuntimeError(f"The server did not start:\n{server.said()[-2000:]}")
            await asyncio.sleep(0.1)
        yield http


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/health/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def holders(http: httpx.AsyncClient) -> int:
    """How many models hold memory."""
    models = (await http.get("/status")).raise_for_status().json()["models"]
    return sum(each["memory"] > 0 for each in models)


async def strays(server: Server, http: httpx.AsyncClient) -> int:
    """Workers that hold no model."""
    return len(family.workers(server.pid)) - await holders(http)


async def is_quarantined(http: httpx.AsyncClient, model: str) -> bool:
    """Whether the engine does not start `model` any more, for want of a good answer."""
    answer = (await http.get(f"/status/{model}")).raise_for_status().json()
    return bool(answer["status"]["state"] == "quarantined")
