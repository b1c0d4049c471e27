"""Connections on which no request comes, or whose answer nobody takes.

uvicorn waits for a request's headers for ever, and Gradio's launch takes no option for it. But it
looks up the class of a connection in its configuration each time, so that is where this comes in.
"""

import asyncio
import socket
from functools import partial
from typing import Any

import orjson
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

REFUSAL = (
    b"HTTP/1.1 %d Refused\r\ncontent-type: application/json\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%s"
)
SLOW = "The headers of the request were not here in time. Send them at once."
WRONG = "This is no HTTP request, or its headers are larger than 64 KB."


def impatient(config: Config, seconds: float, stalled: float) -> None:
    """Cuts connections that begin from now on if a request's headers take more than `seconds`, or
    if the other side takes nothing of an answer for `stalled` seconds (where the system is Linux).

    They are read by h11 also where uvicorn would take httptools: that takes requests without a
    host, and leaves a good one without its answer where nonsense comes right behind it.
    """
    made: Any = partial(Impatient, seconds=seconds, stalled=stalled)
    config.http_protocol_class = made


class Impatient(H11Protocol):
    """A connection that has sent nothing is closed without a word, and so is one that goes on to
    send a body whose answer it has: until then uvicorn reads on, since most clients listen only at
    the end.
    """

    def __init__(self, *given: Any, seconds: float, stalled: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self.seconds, self.stalled = seconds, stalled
        self.timer: asyncio.TimerHandle | None = None
        self.begun = False  # whether something of the next request's headers is here

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        limit_stalls(transport.get_extra_info("socket"), self.stalled)
        self.wait()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        handed_on = self.transport.get_protocol() is not self  # to a web socket
        if handed_on or self.cycle is not before:  # the headers are whole
            self.rest()
        elif before is None or before.response_complete:
            self.begun = before is None or not before.more_body
            self.wait()

    def connection_lost(self, error: Exception | None) -> None:
        self.rest()
        super().connection_lost(error)

    def wait(self) -> None:
        """From the first sign of a request on; more of it wins no time."""
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(self.seconds, self.cut)

    def rest(self) -> None:
        self.begun = False
        if self.timer:
            self.timer.cancel()
            self.timer = None

    def cut(self) -> None:
        if self.begun:
            self.tell(408, SLOW)
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's own speaks plain text."""
        self.tell(400, WRONG)
        self.transport.close()

    def tell(self, status: int, sentence: str) -> None:
        body = orjson.dumps({"error": sentence})
        self.transport.write(REFUSAL % (status, len(body), body))


def limit_stalls(line: Any, seconds: float) -> None:
    """Source: TCP_USER_TIMEOUT in tcp(7), which counts while the other side's window is shut."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None and line is not None and line.family != socket.AF_UNIX:
        line.setsockopt(socket.IPPROTO_TCP, option, int(1000 * seconds))
