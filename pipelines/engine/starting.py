"""How a worker process comes to be: forked from the zygote, or fresh where forking is not safe."""

import atexit
import logging
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from pipelines.engine.zygote import PID
from pipelines.errors import Unavailable, WorkerDied

ROOT = Path(__file__).parents[2]
log = logging.getLogger(__name__)
BUFFER = 4 << 20  # bytes of a socket's buffers: a picture passes in one go
PRELOAD_SECONDS = 120.0  # for the zygote's imports, on a slow disk
FOR_LIBRARIES = {
    "OPENBLAS_NUM_THREADS": "1",  # its pool would not survive the fork
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
SECRETS = (
    "HF_TOKEN", "TAGLINE_HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "TAGLINE_SECRETS_KEY",
    "TAGLINE_DATABASE", "TAGLINE_REDIS_URL", "TAGLINE_RAY_TOKEN",
)  # fmt: skip
Born = tuple[int, socket.socket]  # a worker's process id and our end of its socket


class Starter(Protocol):
    """`start` blocks until the process stands. Any thread may call it."""

    @property
    def ready(self) -> bool: ...

    def start(self) -> Born: ...

    def close(self) -> None: ...


def starter() -> Starter:
    """The way that suits this system: Apple's frameworks do not survive a fork."""
    return Fresh() if sys.platform == "darwin" else Zygote()


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The server's environment without its tokens, and with the libraries told to stay offline.

    `python -m` finds us by it from any folder.
    """
    kept = {name: value for name, value in ours.items() if name not in SECRETS}
    path = os.pathsep.join(filter(None, [str(ROOT), ours.get("PYTHONPATH")]))
    return kept | FOR_LIBRARIES | {"PYTHONPATH": path}


def pair() -> tuple[socket.socket, socket.socket]:
    """Raises Unavailable where this process may open no more files."""
    try:
        ends = socket.socketpair()
    except OSError as error:
        raise Unavailable(f"No process can be started now: {error.strerror}.", 30) from error
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    return ends


def run(module: str, theirs: socket.socket) -> "subprocess.Popen[bytes]":
    """`python -m MODULE FD` with `theirs` handed over."""
    with theirs:
        return subprocess.Popen(
            # -P: no folder that one happens to be in comes before ours
            [sys.executable, "-P", "-m", module, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
        )


class Zygote:
    """The fork server as its parent sees it: started at once, and anew if it ends."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.closed = False
        self.begin()
        atexit.register(self.close)  # it would see only after its imports that we are gone

    def begin(self) -> None:
        self.control, theirs = socket.socketpair()
        self.process = run("pipelines.engine.zygote", theirs)
        self.greeted = False

    @property
    def ready(self) -> bool:
        if self.greeted or self.closed:
            return not self.closed
        try:
            return bool(select.select([self.control], [], [], 0)[0])
        except (OSError, ValueError):  # it is being started anew
            return False

    def start(self) -> Born:
        with self.lock:
            ours, theirs = pair()
            try:
                with theirs:
                    return self.fork(theirs), ours
            except BaseException:
                ours.close()
                raise

    def fork(self, theirs: socket.socket) -> int:
        """A new worker's process id. A fork server that has ended is replaced, once."""
        for last in (False, True):
            try:
                self.greet()
                socket.send_fds(self.control, [b"F"], [theirs.fileno()])
                return self.born()
            except (OSError, EOFError) as error:
                if last or self.closed:
                    raise WorkerDied(
                        "The process that starts models ends again and again. The server's log "
                        "says why."
                    ) from error
                log.warning("The process that starts models has ended. A new one is started.")
                self.end()
                self.begin()
        raise AssertionError  # the second try returns or raises

    def born(self) -> int:
        pid = self.hear()
        if pid < 0:
            raise Unavailable("This machine allows no more processes. Unload a model.", 30)
        return pid

    def greet(self) -> None:
        if not self.greeted:
            self.control.settimeout(PRELOAD_SECONDS)
            self.hear()
            self.control.settimeout(None)
            self.greeted = True

    def hear(self) -> int:
        """The next process id that it says. Raises EOFError if it is gone."""
        said = self.control.recv(PID.size, socket.MSG_WAITALL)
        if len(said) < PID.size:
            raise EOFError
        return int(PID.unpack(said)[0])

    def end(self) -> None:
        self.control.close()
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Ends the fork server, and every worker with it; whoever waits for it hears of it."""
        self.closed = True
        self.process.kill()
        with self.lock:
            self.end()


class Fresh:
    """A new interpreter for each worker: seconds instead of milliseconds, and safe everywhere."""

    ready = True

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> Born:
        ours, theirs = pair()
        process = run("pipelines.engine.worker", theirs)
        self.started = [each for each in self.started if each.poll() is None]  # takes the dead away
        self.started.append(process)
        return process.pid, ours

    def close(self) -> None:
        for process in self.started:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
