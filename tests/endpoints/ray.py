"""A Ray that is none: the same REST API, and proxies that answer as a test says.

What it answers has the form that Ray 2.60 was seen to give; tests/cluster asks the real one.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

import uvicorn

from endpoints.ray import frames
from pipelines.engine import wire

TOKEN = "a token of the cluster"
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]
Reply = tuple[int, str, bytes]  # status, content type, body
SERVE = "/api/serve/applications/"


class Quiet(uvicorn.Server):
    def capture_signals(self) -> Any:
        return nullcontext()


@asynccontextmanager
async def served(app: App, port: int = 0, ip: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port at which `app` is served."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((ip, port))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = Quiet(config)
    life = asyncio.create_task(server.serve([sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield int(sock.getsockname()[1])
    finally:
        server.should_exit = True
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(life, 10)
        sock.close()


async def say(send: Any, status: int, kind: str, body: bytes) -> None:
    head = [(b"content-type", kind.encode())]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def heard(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def as_ray_runs(app: App) -> App:
    """Cancels `app` when its caller has left, as Ray does with a request in a replica."""

    async def run(scope: Scope, receive: Any, send: Any) -> None:
        read: asyncio.Queue[Any] = asyncio.Queue()

        async def listen() -> None:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    work.cancel()
                    return
                read.put_nowait(message)

        work = asyncio.ensure_future(app(scope, read.get, send))
        listening = asyncio.create_task(listen())
        try:
            await asyncio.wait({work})
        finally:
            listening.cancel()

    return run


class FakeRay:
    """`standing` is what each application is said to be: status, message, replicas' states."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {"applications": []}
        self.puts: list[dict[str, Any]] = []
        self.gets = 0
        self.asked: list[str] = []
        self.standing: dict[str, tuple[str, str, list[str]]] = {}
        self.imperative: list[str] = []
        self.running = False  # Serve, on the cluster
        self.proxies: list[tuple[str, str]] = []  # address, status
        self.port = 8000
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.silent = False

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        body = await heard(receive)
        known = dict(scope["headers"]).get(b"authorization", b"").decode()
        self.asked.append(f"{scope['method']} {scope['path']}")
        if known != f"Bearer {TOKEN}":
            await say(send, 403 if known else 401, "text/plain", b"Unauthorized")
        elif self.silent:
            await say(send, 503, "text/plain", b"The GCS may be down")
        elif scope["path"] == SERVE and scope["method"] == "PUT":
            self.put(json.loads(body))
            await say(send, 200, "text/plain", b"")
        elif scope["path"] == SERVE:
            self.gets += 1
            await say(send, 200, "application/json", json.dumps(self.details()).encode())
        else:
            await self.log(scope["query_string"].decode(), send)

    def put(self, config: dict[str, Any]) -> None:
        self.running = True
        self.puts.append(config)
        self.config = config

    def details(self) -> dict[str, Any]:
        empty: dict[str, Any] = {
            "controller_info": {},
            "proxies": {},
            "applications": {},
            "target_capacity": None,
        }
        if not self.running:
            return empty
        http = {"host": "0.0.0.0", "port": self.port, "keep_alive_timeout_s": 90}
        return empty | {
            "proxy_location": "EveryNode",
            "http_options": http,
            "proxies": {
                f"node{at}": {"node_ip": ip, "status": status}
                for at, (ip, status) in enumerate(self.proxies)
            },
            "applications": {
                **{each["name"]: self.application(each) for each in self.config["applications"]},
                **{name: {"name": name, "status": "RUNNING", "source": "imperative",
                          "deployed_app_config": None, "deployments": {}}
                   for name in self.imperative},
            },
        }  # fmt: skip

    def application(self, config: dict[str, Any]) -> dict[str, Any]:
        name = config["name"]
        status, message, states = self.standing.get(name, ("RUNNING", "", ["RUNNING"]))
        replicas = [
            {"replica_id": f"{name}-{at}", "state": state, "node_id": "node0",
             "node_ip": "10.0.0.1", "start_time_s": 1_700_000_000.0 + at,
             "log_file_path": f"/serve/{name}-{at}.log"}
            for at, state in enumerate(states)
        ]  # fmt: skip
        part = {
            "name": "Endpoint", "message": message, "replicas": replicas,
            "target_num_replicas": len(states),
        }  # fmt: skip
        return {
            "name": name, "status": status, "message": "", "source": "declarative",
            "deployed_app_config": as_ray_keeps(config), "deployments": {"Endpoint": part},
        }  # fmt: skip

    async def log(self, query: str, send: Any) -> None:
        lines = next((rows for file, rows in self.logs.items() if file in query), None)
        if lines is None:
            await say(send, 500, "text/plain", b"no such file")
            return
        text = "\n".join(json.dumps(each) for each in lines)
        await say(send, 200, "text/plain", text.encode())


def as_ray_keeps(config: Any) -> Any:
    """Numbers of CPUs as floats, and a default that nobody wrote."""
    kept = json.loads(json.dumps(config))
    for each in kept.get("deployments", []):
        options = each.get("ray_actor_options", {})
        options["num_cpus"] = float(options.get("num_cpus", 1))
        each["user_config"] = None
    return kept


class Proxy:
    """Answers with what `replies` has next, and the last of them for ever."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.bodies: list[wire.Frame] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.bodies.append(frames.read(await heard(receive)))
        await self.gate.wait()
        reply = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
        await say(send, *reply)


def said(*values: wire.Frame, replica: str = "r1", memory: int = 1_000) -> Reply:
    """A replica's good answer: chunks, or one whole."""
    done: wire.Frame = {
        "value": None, "seconds": 0.5, "device": "cpu", "notices": [], "read": 3, "written": 2,
        "replica": replica, "memory": memory,
    }  # fmt: skip
    rows = [*values[:-1], done | values[-1]]
    return 200, frames.TYPE, b"".join(map(wire.pack, rows))


def pong(**more: Any) -> Reply:
    return said(more)


def of_ray(status: int, text: str) -> Reply:
    return status, "text/plain", text.encode()
