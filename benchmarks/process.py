"""Starting a program on loopback, without any setting of the user's, and ending it again."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from starters.__main__ import default_folder

ROOT = Path(__file__).parent.parent
FOREIGN = ("TAGLINE_", "GRADIO_", "HF_", "SPACE", "SYSTEM")  # variables that would change a run


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`python ARGUMENTS` in the repository, its standard output a pipe; ended on the way out."""
    command = [sys.executable, *arguments]
    with (home / "log").open("a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(home), stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """As a container's stop does it."""
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def environment(home: Path) -> dict[str, str]:
    """Nothing leaves this machine; everything that is written goes below `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {
        "TAGLINE_HOME": str(home / "tagline"),
        "TAGLINE_STARTERS_DIR": str(default_folder()),
        "TAGLINE_OFFLINE": "1",
        "HF_HOME": str(home / "hf"),
        "HF_HUB_OFFLINE": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
    }


def serve(port: int) -> Sequence[str]:
    """The arguments that start Tagline on `port` of loopback."""
    return ("app.py", "--port", str(port))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
