"""A real Ray cluster on this machine: each node in a network and process namespace of its own, so
that nothing of it listens anywhere else, and that a node is ended by one kill."""

import os
import secrets
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import httpx
import psutil

from tests.conftest import ROOT, STARTERS

BIN = Path(sys.executable).parent
NET = "10.77.31"
DASHBOARD, GCS = 8265, 6379
START_SECONDS = 180  # on a machine that does much else
STORE = 100_000_000  # bytes of a node's object store


def sh(command: str) -> None:
    done = subprocess.run(command.split(), capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")


def namespaces() -> str:
    """Why there can be no namespaces here; empty if there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    name = f"tg{os.getpid()}"
    try:
        sh(f"ip netns add {name}")
        sh(f"ip netns del {name}")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"network namespaces cannot be made here: {error}"
    return ""


class Network:
    """A bridge that this machine alone is on, and a namespace for each node. Each network has names
    of its own: those of one that was closed may stay for as long as a process that lived in it."""

    made = count()

    def __init__(self) -> None:
        self.tag = f"tg{os.getpid() % 10_000}x{next(self.made)}"
        self.rooms: list[str] = []
        sh(f"ip link add {self.tag} type bridge")
        sh(f"ip addr add {NET}.254/24 dev {self.tag}")
        sh(f"ip link set {self.tag} up")

    def room(self, number: int) -> str:
        """A namespace whose address ends in `number`."""
        name, outside = f"{self.tag}n{number}", f"{self.tag}v{number}"
        if name in self.rooms:
            return name
        sh(f"ip netns add {name}")
        self.rooms.append(name)
        sh(f"ip link add {outside} type veth peer name eth0 netns {name}")
        sh(f"ip link set {outside} master {self.tag} up")
        sh(f"ip -n {name} addr add {NET}.{number}/24 dev eth0")
        sh(f"ip -n {name} link set eth0 up")
        sh(f"ip -n {name} link set lo up")
        return name

    def close(self) -> None:
        for name in self.rooms:
            sh(f"ip netns del {name}")
        sh(f"ip link del {self.tag}")


class Program:
    """A program in a room, in a process namespace that ends with it. `folder` lies at `at` for it
    alone: all nodes of Ray use the same path, and would get into each other's way there."""

    def __init__(
        self, room: str, log: Path, folder: Path, at: Path, environ: dict[str, str], *command: str
    ) -> None:
        enter = ("ip", "netns", "exec", room)
        mount = ("sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh")
        own = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *mount)
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*enter, *own, str(folder), str(at), *command],
                env=environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip

    def processes(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """As if its machine lost power: the first process of the namespace goes, and all others
        with it."""
        for each in psutil.Process(self.process.pid).children():
            each.send_signal(signal.SIGKILL)
        self.process.kill()
        self.process.wait(20)


class Cluster:
    """Ray with a token, at http://10.77.31.1:8265; `redis` keeps the head's state."""

    def __init__(self, folder: Path, redis: bool = False) -> None:
        self.folder, self.redis = folder, redis
        self.token = secrets.token_hex(32)
        self.token_file = folder / "token"
        self.token_file.touch(0o600)
        self.token_file.write_text(self.token)
        self.temporary = folder / "r"  # Ray's own, on every node
        self.temporary.mkdir()
        self.network = Network()
        self.nodes: dict[int, Program] = {}
        self.address = f"http://{NET}.1:{DASHBOARD}"

    def own(self, number: int) -> Path:
        """A node's folder."""
        here = self.folder / f"n{number}"
        here.mkdir(exist_ok=True)
        return here

    def environ(self, number: int) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        here = self.own(number)
        known = {"RAY_REDIS_ADDRESS": f"{NET}.9:6390"} if self.redis and number == 1 else {}
        return kept | known | {
            "PYTHONPATH": str(ROOT),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self.token_file),
            "RAY_TMPDIR": str(self.temporary),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_raylet_start_wait_time_s": str(START_SECONDS),
            "RAY_DISABLE_IMPORT_WARNING": "1",
            "TAGLINE_STARTERS_DIR": str(STARTERS),
            "TAGLINE_HOME": str(here / "home"),
            "HF_HOME": str(here / "hf"),
            "OMP_WAIT_POLICY": "passive",  # threads that spin starve what runs beside them
        }  # fmt: skip

    def head(self, *flags: str) -> None:
        self.start(
            1, "--head", f"--port={GCS}", "--include-dashboard=true",
            "--dashboard-host=0.0.0.0", f"--dashboard-port={DASHBOARD}", *flags,
        )  # fmt: skip

    def node(self, number: int, *flags: str) -> None:
        self.start(number, f"--address={NET}.1:{GCS}", *flags)

    def start(self, number: int, *flags: str) -> None:
        common = (
            f"--node-ip-address={NET}.{number}", f"--object-store-memory={STORE}",
            "--disable-usage-stats", "--block",
        )  # fmt: skip
        self.run(number, str(BIN / "ray"), "start", *common, *flags)

    def run(self, number: int, *command: str) -> None:
        room, log = self.network.room(number), self.folder / f"n{number}.log"
        own, at, environ = self.own(number), self.temporary, self.environ(number)
        self.nodes[number] = Program(room, log, own, at, environ, *command)

    def wait(self, nodes: int = 1) -> None:
        """Returns when so many nodes are there and the REST API answers."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.alive() >= nodes and self.details() is not None:
                return
            time.sleep(0.5)
        logs = [each.log.read_text()[-1500:] for each in self.nodes.values()]
        raise RuntimeError("Ray did not start:\n" + "\n".join(logs))

    def get(self, path: str, **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.address}{path}"
        return httpx.get(url, headers=headers, params=query, timeout=30, trust_env=False)

    def alive(self) -> int:
        try:
            rows = self.get("/nodes", view="summary").json()["data"]["summary"]
        except (httpx.HTTPError, KeyError, ValueError, TypeError):
            return 0
        return sum(each["raylet"]["state"] == "ALIVE" for each in rows)

    def details(self) -> dict[str, dict[str, object]] | None:
        try:
            found = self.get("/api/serve/applications/")
            found.raise_for_status()
        except httpx.HTTPError:
            return None
        known: dict[str, dict[str, object]] = found.json()
        return known

    def processes(self, *words: str) -> list[psutil.Process]:
        """Those of all nodes that have one of these words in their title."""
        found = [each for node in self.nodes.values() for each in node.processes()]
        return [each for each in found if any(word in title(each) for word in words)]

    def close(self) -> None:
        for each in self.nodes.values():
            if each.process.poll() is None:
                each.kill()
        self.network.close()


def title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
