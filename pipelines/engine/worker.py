"""A worker: one process, one model. It reads calls from its socket and answers them in order.

A thread reads the socket, so that a call can be cancelled and a gone server be noticed while the
model computes; the main thread loads and runs. The server asks one call at a time, unless the model
has taken a faster way that answers several: then each has a thread of its own.

`python -m pipelines.engine.worker FD` starts one where forking is not safe.
"""

import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from pipelines import logs, registry, tracing
from pipelines.engine import wire
from pipelines.engine.failures import failure, poisons
from pipelines.engine.means import Means, go_first
from pipelines.errors import TaglineError
from pipelines.kinds.outputs import output_kind
from pipelines.leaving import Left, asked_by
from pipelines.loaders.handler import Handler
from pipelines.loaders.safety import reading
from pipelines.notices import apart, heard
from pipelines.settings import Limits
from pipelines.task import Task
from pipelines.usage import counted

log = logging.getLogger(__name__)
Frame = wire.Frame
DONE = {"load": "loaded", "run": "answered", "stream": "streamed", "prove": "proved",
        "adopt": "quickened"}  # fmt: skip
MODEST = 10  # how far what nobody waits for stands back for the rest of the machine
PULSE = 0.1  # seconds between two words about a load in progress


class Stopped(Exception):
    """The server cancelled the call."""


class Poisoned(Exception):
    """This process can compute nothing more; the answer has been sent."""


class Worker:
    """`pipe` is the loaded model, once `load` was called."""

    def __init__(self, server: socket.socket) -> None:
        self.server = server
        self.calls: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        self.sending = threading.Lock()
        self.means = Means()
        self.limits = Limits()
        self.name = ""
        self.pipe: Any = None
        self.at_once = 1  # calls that the model takes
        self.keeps = False  # a log of its own

    def work(self) -> None:
        """Answers until the server closes its end."""
        threading.Thread(target=self.read, daemon=True).start()
        while True:
            self.take(self.calls.get())

    def take(self, frame: Frame) -> None:
        """Answers, or lets a thread do it, so that the next one can begin."""
        if self.at_once > 1 and frame["op"] in ("run", "stream"):
            threading.Thread(target=self.answer_beside, args=(frame,), daemon=True).start()
        else:
            self.answer(frame)

    def answer_beside(self, frame: Frame) -> None:
        try:
            self.answer(frame)
        except BaseException:  # a thread that ends so would leave the rest as if nothing were
            log.exception("A worker ends.")
            os._exit(1)

    def read(self) -> None:
        """Takes frames in; cancellations count at once, everything else in its turn."""
        stream = self.server.makefile("rb")
        try:
            while head := stream.read(wire.HEAD.size):
                frame = wire.unpack(stream.read(wire.size(head)))
                if frame["op"] == "cancel":
                    self.cancelled.add(frame["id"])
                else:
                    self.calls.put(frame)
        finally:
            os._exit(0)  # the server is gone, or wants this model gone: memory returns now

    def answer(self, frame: Frame) -> None:
        """Does what a frame asks and replies with its value or its error."""
        operations: dict[str, Callable[[Frame], Any]] = {
            "load": self.load,
            "run": self.run,
            "stream": self.stream,
            "prove": self.prove,
            "adopt": self.adopt,
        }
        tracing.follow(frame.get("request", ""))
        start = time.monotonic()
        try:
            self.means.use(frame["threads"])
            with (
                heard(apart if frame.get("together") else partial(self.notice, frame)),
                counted() as tokens,
                asked_by(lambda: frame["id"] in self.cancelled),
            ):
                value = operations[frame["op"]](frame)
            self.conclude(frame, {"value": value, **asdict(tokens)})
            self.note(DONE[frame["op"]], frame, seconds=round(time.monotonic() - start, 4))
        except (Stopped, Left):
            self.conclude(frame, {"value": None})
        except TaglineError as error:
            self.conclude(frame, {"error": wire.error_to_wire(error)})
            self.note("refused", frame, reason=type(error).__name__)
        except Exception as error:
            told = failure(self.name, frame["task"], error)
            self.conclude(frame, {"error": wire.error_to_wire(told)})
            if poisons(error):
                raise Poisoned from error

    def conclude(self, frame: Frame, reply: Frame) -> None:
        """The last reply to a frame."""
        self.reply(frame, reply | {"memory": self.means.memory()})
        self.cancelled.discard(frame["id"])

    def notice(self, frame: Frame, sentence: str) -> None:
        self.reply(frame, {"notice": sentence})

    def note(self, what: str, frame: Frame, **more: Any) -> None:
        if self.keeps:
            log.info(what, extra={"task": frame["task"], **more})

    def reply(self, frame: Frame, reply: Frame) -> None:
        with self.sending:
            self.server.sendall(wire.pack({"id": frame["id"], **reply}))

    # Operations ---------------------------------------------------------------------------------

    def load(self, frame: Frame) -> None:
        model = wire.model_from_wire(frame["model"])
        hardware = wire.hardware_from_wire(frame["hardware"])
        self.name, self.limits = model.id, Limits(**frame["limits"])
        self.model, self.hardware = model, hardware
        os.environ.update(frame["environment"])
        if frame["log"]:
            logs.keep(frame["log"])
            self.keeps = True
        self.means.see_only(hardware)
        with reading(model), self.telling(frame):
            quiet()
            self.pipe = registry.get(frame["task"]).loader(model)(model, hardware)

    def run(self, frame: Frame) -> list[Any]:
        task, inputs, params = self.asked(frame)
        if task.stream is None or isinstance(self.pipe, Handler):
            return list(task.run(self.pipe, inputs, params))
        join = output_kind(task.output).join  # chunk by chunk, since only so it can be cancelled
        return [join(list(self.chunks(frame, task, row, params))) for row in inputs]

    def stream(self, frame: Frame) -> None:
        task, inputs, params = self.asked(frame)
        for chunk in self.chunks(frame, task, inputs[0], params):
            self.reply(frame, {"chunk": chunk})

    def prove(self, frame: Frame) -> Any:
        """Looks for a faster way to run this model, and writes down what it found."""
        from pipelines.acceleration import prove, questions

        with suppress(OSError):
            os.nice(MODEST)
        task = registry.get(frame["task"])
        rows, params = questions.questions(task, self.model), questions.options(task)
        place = Path(frame["place"])
        found = prove.prove(self.pipe, task, rows, params, self.hardware, place, frame["wanted"])
        return asdict(found)

    def adopt(self, frame: Frame) -> int:
        """Goes on by the way that was found; gives how many calls at a time it takes then."""
        from pipelines.acceleration.prove import adopt

        found = adopt(self.pipe, self.hardware, Path(frame["place"]), frame["name"])
        self.pipe, self.at_once = found
        return self.at_once

    def asked(self, frame: Frame) -> tuple[Task, list[Any], Any]:
        """Validated once more, so that pictures and sounds know their limits on this side too."""
        task = registry.get(frame["task"])
        rows = [task.inputs.model_validate(row, context=self.limits) for row in frame["inputs"]]
        return task, rows, task.params.model_validate(frame["params"], context=self.limits)

    def chunks(self, frame: Frame, task: Task, row: Any, params: Any) -> Iterator[Any]:
        assert task.stream, f"{task.tag} has no stream"
        with closing(task.stream(self.pipe, row, params)) as made:  # type: ignore[type-var]
            for chunk in made:
                if frame["id"] in self.cancelled:
                    raise Stopped
                yield chunk

    @contextmanager
    def telling(self, frame: Frame) -> Iterator[None]:
        """Sends the bytes loaded so far, again and again, as the work inside goes on."""
        done = threading.Event()

        def tell() -> None:
            while not done.wait(PULSE):
                self.reply(frame, {"progress": self.means.memory()})

        pulse = threading.Thread(target=tell, daemon=True)
        pulse.start()
        try:
            yield
        finally:
            done.set()
            pulse.join()


def quiet() -> None:
    """The libraries' own bars and notes belong in no server's log."""
    with suppress(ImportError):  # a model of another library needs it not
        from transformers.utils import logging as chatter

        chatter.disable_progress_bar()
        chatter.set_verbosity_error()


def serve(server: socket.socket) -> None:
    """The life of a worker. Never returns."""
    for each in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; the server decides
        signal.signal(each, signal.SIG_IGN)
    go_first()
    prints = logs.Prints()
    try:
        with redirect_stdout(prints), redirect_stderr(prints), suppress(Poisoned):
            Worker(server).work()  # whoever asked a poisoned one has been told, and the log too
    except Exception:
        log.exception("A worker ends.")
    os._exit(1)


if __name__ == "__main__":
    logs.as_told()
    serve(socket.socket(fileno=int(sys.argv[1])))
