"""The fork server: imports the heavy libraries once, then forks a worker for each model.

Run as `python -m pipelines.engine.zygote FD`, where FD is one end of a Unix socket pair. It sends
its own process id when it is ready. From then on the parent sends one byte with a worker's socket
attached, and the answer is the worker's process id, or -1 where the system allows no more of
them; an id is 4 bytes. When the parent goes, so does the zygote, and with it every worker.

multiprocessing's own fork server is not used: its children import the parent's main file again.
"""

import ctypes
import gc
import importlib
import os
import signal
import socket
import struct
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1  # from linux/prctl.h
PID = struct.Struct("!i")


def main(control: socket.socket) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; the parent decides
        signal.signal(each, signal.SIG_IGN)
    gc.disable()  # next to nothing of what imports make is garbage: a sixth of their time
    preload()
    from pipelines import logs

    logs.as_told()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel takes ended workers away
    gc.freeze()  # a collection in a worker must not touch, and so copy, what all share
    gc.enable()
    control.sendall(PID.pack(os.getpid()))
    while True:
        try:
            message, sockets, *_ = socket.recv_fds(control, 1, 1)
        except ConnectionError:  # the server went away with something unread
            os._exit(0)
        if not message:
            os._exit(0)
        fork(control, sockets[0])


def fork(control: socket.socket, fd: int) -> None:
    try:
        pid = os.fork()
    except OSError:
        pid = -1
    if pid:
        os.close(fd)
        control.sendall(PID.pack(pid))
        return
    control.close()
    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    from pipelines.engine.worker import serve

    serve(socket.socket(fileno=fd))


def preload() -> None:
    """Imports what most models need. Nothing here may leave a thread: a fork would lose it."""
    for name in ("transformers.pipelines", "sentence_transformers"):
        with suppress(ImportError):  # who needs it will be told; others need it not
            importlib.import_module(name)
    importlib.import_module("pipelines.engine.worker")


def die_with_parent() -> None:
    """On Linux the kernel ends this process with its parent; elsewhere the socket's end does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
