"""What models took on this machine, kept in a file from one run to the next."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from pipelines.engine.call import Call
from pipelines.hardware import Hardware
from pipelines.models.weights import predict

log = logging.getLogger(__name__)
MOST = 1_000  # models; the oldest are forgotten
NEWS = 1.05  # a change by less is not worth writing


@dataclass(frozen=True)
class Footprint:
    """`bytes` of memory, the most that was seen; `seconds` that the last load took, if any."""

    bytes: int
    seconds: float | None = None


class Footprints:
    """By model, revision, loader and hardware. Without a `path` they are kept for this run alone.

    `predict(folder, dtype)` foretells the bytes of a model that was never loaded here.
    """

    def __init__(
        self,
        hardware: Hardware,
        path: Path | None = None,
        predict: Callable[[Path, str], int] = predict,
    ) -> None:
        self.hardware, self.path, self.predict = hardware, path, predict
        self.known: dict[str, Footprint] = read(path) if path else {}

    def expect(self, call: Call) -> Footprint:
        """What the call's model took, or is foretold to take."""
        known = self.known.get(self.name(call))
        if known:
            return known
        size = self.predict(call.model.path, self.dtype(call))
        return Footprint(size, self.guess(size))

    def measured(self, call: Call) -> bool:
        return self.name(call) in self.known

    def guess(self, size: int) -> float | None:
        """Seconds to load `size` bytes, by the median rate of what was loaded here before."""
        known = list(self.known.values())  # at once: another thread may `note` meanwhile
        rates = [each.seconds / each.bytes for each in known if each.seconds]
        return size * median(rates) if rates else None

    def note(self, call: Call, size: int, seconds: float | None = None) -> None:
        """Remembers the most that was seen, and how long the last load took."""
        name = self.name(call)
        before = self.known.get(name, Footprint(0))
        if seconds is None and size <= before.bytes * NEWS:
            return
        self.known.pop(name, None)  # the newest stand last
        self.known[name] = Footprint(max(size, before.bytes), seconds or before.seconds)
        self.keep()

    def keep(self) -> None:
        while len(self.known) > MOST:
            del self.known[next(iter(self.known))]
        if self.path:
            write(self.path, {name: asdict(each) for name, each in self.known.items()})

    def name(self, call: Call) -> str:
        model = call.model
        where = f"{self.hardware.device} {self.dtype(call)}"
        return f"{model.id}@{model.revision} {loader_name(call.loader)} {where}"

    def dtype(self, call: Call) -> str:
        return call.place.dtype or self.hardware.dtype


def loader_name(loader: Any) -> str:
    """`module.function`; an object that loads by a name of its own is written as it shows itself.

    The same in every run, unlike the address in a function's `repr`.
    """
    if isinstance(loader, partial):
        return f"{loader_name(loader.func)} {loader.args} {loader.keywords}"
    if not hasattr(loader, "__qualname__"):
        return repr(loader)
    return f"{loader.__module__}.{loader.__qualname__}"


def read(path: Path) -> dict[str, Footprint]:
    """What the file says; nothing where it is not there or says nothing that can be used."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, Footprint])
        return {name: each for name, each in found.items() if each.bytes > 0}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read, so sizes of models are measured anew: %s", path, error)
        return {}


def write(path: Path, what: dict[str, Any]) -> None:
    """All or nothing: a reader never sees half a file."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(what, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        log.warning("%s cannot be written: %s", path, error)
