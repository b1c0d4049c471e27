"""Models in processes of their own: a crash costs one model, and unloading returns its memory."""

import asyncio
import itertools
import logging
import os
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pipelines.engine import wire
from pipelines.engine.call import Call, Host, Progress
from pipelines.engine.sentences import died
from pipelines.engine.starting import Starter
from pipelines.errors import TaglineError, WorkerDied
from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.settings import Limits

log = logging.getLogger(__name__)
Replies = asyncio.Queue[wire.Frame]
END_SECONDS = 5.0  # for a process to go by itself


@dataclass
class Processes:
    """Starts a worker for each model that is loaded."""

    starter: Starter
    limits: Limits

    @property
    def ready(self) -> bool:
        return self.starter.ready

    async def start(self, call: Call, hardware: Hardware, progress: Progress) -> Host:
        """Raises WorkerDied where the process ends before the model is there."""
        pid, sock = await asyncio.to_thread(self.starter.start)
        reader, writer = await asyncio.open_connection(sock=sock)
        host = ProcessHost(pid, call.model, writer)
        host.reading = asyncio.create_task(host.read(reader))
        try:
            await host.load(call, hardware, self.limits_on(hardware), progress)
        except BaseException:
            await host.close()
            raise
        return host

    def limits_on(self, hardware: Hardware) -> Limits:
        """On the CPU, decoding is kept within an address space too; CUDA maps too much for that."""
        return replace(self.limits, bounded=hardware.device == "cpu")

    async def close(self) -> None:
        await asyncio.to_thread(self.starter.close)


@dataclass
class ProcessHost:
    """A worker as the engine sees it: numbered requests out, replies in by number."""

    pid: int
    model: Model
    writer: asyncio.StreamWriter
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    memory: int = 0
    waiting: dict[int, Replies] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    reading: "asyncio.Task[None] | None" = None
    threads: int = 1

    async def load(
        self, call: Call, hardware: Hardware, limits: Limits, progress: Progress
    ) -> None:
        what = {
            "task": call.task.tag,
            "model": wire.model_to_wire(call.model),
            "hardware": wire.hardware_to_wire(hardware),
            "limits": asdict(limits),
            "threads": hardware.threads,
            "environment": dict(call.place.environment),
            "log": call.place.log,
        }
        self.threads = hardware.threads
        number, replies = self.send("load", what)
        while "progress" in (reply := await replies.get()):
            progress(reply["progress"])
        self.result(number, reply)

    async def run(self, call: Call, threads: int) -> list[Any]:
        number, replies = self.send("run", work(call, threads))
        try:
            values: list[Any] = self.result(number, await self.hear(call, replies))
            return values
        finally:
            await self.cancel(number, replies)

    async def prove(self, call: Call, place: str, wanted: str) -> None:
        """Looks for a faster way to run the model. What is found stands in the folder `place`."""
        await self.say("prove", call, {"place": place, "wanted": wanted})

    async def adopt(self, call: Call, place: str, name: str) -> int:
        """Lets the model go on by the way of that name; how many calls at a time it takes then."""
        return int(await self.say("adopt", call, {"place": place, "name": name}))

    async def say(self, op: str, call: Call, what: Mapping[str, Any]) -> Any:
        tasked = {"task": call.task.tag, "threads": self.threads, **what}
        number, replies = self.send(op, tasked)
        try:
            return self.result(number, await self.hear(call, replies))
        finally:
            self.waiting.pop(number, None)  # who gives up closes the host: this cannot be stopped

    async def stream(self, call: Call, threads: int) -> AsyncGenerator[Any, None]:
        number, replies = self.send("stream", work(call, threads))
        try:
            while "chunk" in (reply := await self.hear(call, replies)):
                yield reply["chunk"]
            self.result(number, reply)
        finally:
            await self.cancel(number, replies)

    async def hear(self, call: Call, replies: Replies) -> wire.Frame:
        """The next reply that is no notice; notices and counts go to the call."""
        while "notice" in (reply := await replies.get()):
            call.notices.append(reply["notice"])
        if "read" in reply:
            call.read.append(reply["read"])
            call.written.append(reply["written"])
            call.rows.extend(reply["rows"])
            call.plain.append(reply["plain"])
        return reply

    def send(self, op: str, what: Mapping[str, Any]) -> tuple[int, Replies]:
        if self.ended.is_set():
            raise self.died()
        number, replies = next(self.numbers), Replies()
        frame = wire.pack({"id": number, "op": op, **what})
        self.waiting[number] = replies
        self.writer.write(frame)
        return number, replies

    def result(self, number: int, reply: wire.Frame) -> Any:
        """The value of a call's last reply, or its error raised."""
        del self.waiting[number]
        self.memory = reply.get("memory", self.memory)
        if "error" in reply:
            error: TaglineError = wire.error_from_wire(reply["error"])
            raise error
        return reply["value"]

    async def cancel(self, number: int, replies: Replies) -> None:
        """Stops a call whose last reply did not come yet, and waits until the worker is free."""
        if number not in self.waiting:
            return
        try:
            if not self.ended.is_set():
                self.writer.write(wire.pack({"id": number, "op": "cancel"}))
                while "value" not in (reply := await replies.get()) and "error" not in reply:
                    pass
        finally:
            self.waiting.pop(number, None)

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Hands each reply to its caller; the end of the stream is the worker's death."""
        try:
            while True:
                head = await reader.readexactly(wire.HEAD.size)
                frame = wire.unpack(await reader.readexactly(wire.size(head)))
                if replies := self.waiting.get(frame["id"]):
                    replies.put_nowait(frame)
        except Exception as error:
            told = isinstance(error, asyncio.IncompleteReadError | ConnectionError)
            log.warning(
                "The process of %s (%s) ended unexpectedly.", self.model.id, self.pid,
                exc_info=None if told else error,
            )  # fmt: skip
            self.end()

    def end(self) -> None:
        """Tells everybody who waits that the worker is gone."""
        self.ended.set()
        gone = {"error": wire.error_to_wire(self.died())}
        for replies in self.waiting.values():
            replies.put_nowait(gone)

    def died(self) -> WorkerDied:
        return died(self.model)

    async def close(self) -> None:
        """Closes the socket, which ends the worker, and returns when it is gone."""
        if self.reading:
            self.reading.cancel()
        self.writer.close()
        self.end()
        await gone(self.pid)


def work(call: Call, threads: int) -> dict[str, Any]:
    return {
        "task": call.task.tag,
        "inputs": [row.model_dump() for row in call.inputs],
        "params": call.params.model_dump(exclude_unset=True),
        "threads": threads,
        "request": call.request,
        "together": call.together,
    }


async def gone(pid: int) -> None:
    """Returns when the process has ended; one that does not by itself is killed."""
    if not await ends(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await ends(pid)


async def ends(pid: int) -> bool:
    """Whether the process ended in time."""
    for _ in range(int(END_SECONDS / 0.01)):
        if not alive(pid):
            return True
        await asyncio.sleep(0.01)
    return False


def alive(pid: int) -> bool:
    with suppress(ChildProcessError):  # it is the zygote's, which takes it away itself
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
