"""The last runs of the page, held for a while: only what this server computed can be kept."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec

from pipelines.engine.wire import encoder

MB = 1_000_000
MOST = 128 * MB  # of all of them
SECONDS = 24 * 3600.0
SHARE = 8  # one of them takes this part of the room at most
ID_BYTES = 16


class Run(msgspec.Struct, frozen=True):
    """One run as plain values, files as bytes.

    `result` is one value in the wire shape, None where there are only inputs. `created` is in
    seconds since 1970, `seconds` what the model took.
    """

    task: str
    model: str
    revision: str
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    result: Any = None
    seconds: float = 0.0
    device: str = ""
    notices: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    created: float = 0.0


reader = msgspec.msgpack.Decoder(Run)


def pack(run: Run) -> bytes:
    """Raises OverflowError and UnicodeEncodeError for what msgpack cannot hold."""
    return encoder.encode(run)


def unpack(data: bytes) -> Run:
    """Raises msgspec.DecodeError for what is no run."""
    return reader.decode(data)


@dataclass(frozen=True)
class Held:
    data: bytes
    owner: int | None
    until: float  # in monotonic seconds


class Recent:
    """At most so many bytes of runs, each for so many seconds; the oldest go first. An id cannot be
    guessed. Threads may share one.
    """

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self.most, self.seconds, self.bytes = most, seconds, 0
        self.held: OrderedDict[str, Held] = OrderedDict()
        self.lock = Lock()

    def put(self, run: Run, owner: int | None = None) -> str | None:
        """The id of a run of the token `owner`; None for one that is too large to be held."""
        try:
            data = pack(run)
        except (OverflowError, UnicodeEncodeError):
            return None
        if len(data) > self.most / SHARE:
            return None
        id = secrets.token_urlsafe(ID_BYTES)
        with self.lock:
            self.held[id] = Held(data, owner, time.monotonic() + self.seconds)
            self.bytes += len(data)
            self.tidy()
        return id

    def get(self, id: str, owner: int | None = None) -> bytes | None:
        """The run as `unpack` reads it, for the token that it is of."""
        with self.lock:
            self.tidy()
            found = self.held.get(id)
        return found.data if found and found.owner == owner else None

    def tidy(self) -> None:
        while self.held and (self.bytes > self.most or self.oldest.until < time.monotonic()):
            self.bytes -= len(self.held.popitem(last=False)[1].data)

    @property
    def oldest(self) -> Held:
        return next(iter(self.held.values()))
