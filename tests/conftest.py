"""Fixtures for the whole suite: the real app as a process, on the real models on board."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pipelines.settings import Settings

# Threads that spin while they wait starve the tests beside them. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "assets" / "samples"
STARTERS = Settings(host="127.0.0.1").starters
START_SECONDS = 180  # for a machine that does much else

EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"
CHATTER = "HuggingFaceTB/SmolLM2-135M-Instruct"
LISTENER = "openai/whisper-tiny.en"
SEER = "tagline/efficientnet-lite0"
IRIS = "tagline/iris"
DIABETES = "tagline/diabetes"

Serve = Callable[..., "Server"]


class Server:
    """`python app.py` on a free loopback port, with folders of its own."""

    def __init__(self, home: Path, *flags: str, **variables: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / f"server-{self.port}.log"
        command = [sys.executable, "app.py", "--port", str(self.port), *flags]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(home, variables), stdout=log, stderr=log
            )

    def wait(self) -> "Server":
        """Returns once the page's process answers; raises with its log if it ended."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/health", timeout=5).raise_for_status()
                return self
            except httpx.HTTPError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> int:
        """Asks it to end, as a container's stop does, and returns its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)


def environment(home: Path, variables: dict[str, str]) -> dict[str, str]:
    """This environment without any setting of ours, Gradio's or the Hub's, but with `variables`."""
    ours = ("TAGLINE_", "GRADIO_", "HF_", "SPACE", "SYSTEM")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    scratch = {
        "TAGLINE_HOME": str(home / "home"),
        "TAGLINE_STARTERS_DIR": str(STARTERS),
        "HF_HOME": str(home / "hf"),
        "TAGLINE_OFFLINE": "1",
        # Every server takes the whole machine's memory for its own, and several run at a time.
        "TAGLINE_IDLE_SECONDS": "45",
        # Answers that are compared to the last digit must come by one way from first to last.
        "TAGLINE_ACCELERATION": os.environ.get("TEST_ACCELERATION", "off"),
    }
    return kept | scratch | variables


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as a user starts it, with the models on board. Shared: leave it as it was."""
    running = Server(tmp_path_factory.mktemp("server")).wait()
    yield running
    running.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers of a test's own: `serve("--flag", TAGLINE_SETTING="value")`."""
    started: list[Server] = []

    def start(*flags: str, **variables: str) -> Server:
        started.append(Server(tmp_path, *flags, **variables))
        return started[-1]

    yield start
    for each in started:
        each.stop()
