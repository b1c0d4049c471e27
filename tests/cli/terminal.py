"""The commands as processes, and the server at a terminal."""

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.conftest import ROOT, START_SECONDS, environment, free_port

SECONDS = 120  # a machine under load; nothing is asserted of it


def command(home: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """`python app.py WORDS` on the database and the models below `home`."""
    return subprocess.run(
        [sys.executable, "app.py", *words],
        cwd=ROOT, env=environment(home, variables), capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip


class Terminal:
    """A server that somebody has started at a terminal, and what stands there."""

    def __init__(self, home: Path, *flags: str) -> None:
        self.home, self.port, self.seen = home, free_port(), ""
        self.url = f"http://127.0.0.1:{self.port}"
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(self.port), *flags],
            cwd=ROOT, env=environment(home, {}), stdout=inside, stderr=inside,
        )  # fmt: skip
        os.close(inside)
        self.wait()

    def wait(self) -> None:
        """Returns once it answers, with all that was written by then in `seen`."""
        until = time.monotonic() + START_SECONDS
        while "Tagline runs on" not in self.seen and time.monotonic() < until:
            self.seen += os.read(self.screen, 4096).decode().replace("\r\n", "\n")
        httpx.get(f"{self.url}/health", timeout=SECONDS).raise_for_status()

    @property
    def tokens(self) -> list[str]:
        return re.findall(r"tgl_\d+_[0-9a-f]{64}", self.seen)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(START_SECONDS)
        os.close(self.screen)
