"""Counts the bytes of a download while several threads fetch its files."""

import time
from collections.abc import Callable, Mapping
from threading import Event, Lock
from types import TracebackType
from typing import Any

from pipelines.models.offer import Progress

INTERVAL = 0.2  # seconds between two reports


class Stopped(Exception):
    """Nobody waits for this download any more, or another file of it failed."""


class Meter:
    """`report` is called from the fetching threads, at most every `INTERVAL` seconds.

    A file counts with the bytes that arrived, and with its size once it is there: so the sum never
    passes the total, whatever was retried, compressed or found in place.
    """

    def __init__(
        self, sizes: Mapping[str, int], report: Callable[[Progress], None], stop: Event
    ) -> None:
        self.sizes, self.report, self.stop = sizes, report, stop
        self.done = dict.fromkeys(sizes, 0)
        self.lock = Lock()
        self.began, self.reported = time.monotonic(), 0.0
        self.found = 0  # bytes that were here before

    def find(self, name: str) -> None:
        """A file that an earlier attempt left: done, but no measure of the speed."""
        with self.lock:
            self.found += self.sizes[name]
        self.finish(name)

    def add(self, name: str, count: float) -> None:
        """`count` more bytes of a file arrived. Raises Stopped where the download should end."""
        if self.stop.is_set():
            raise Stopped
        with self.lock:
            self.done[name] = min(max(self.done[name] + int(count), 0), self.sizes[name])
            self.tell()

    def finish(self, name: str) -> None:
        with self.lock:
            self.done[name] = self.sizes[name]
            self.tell()

    def start(self) -> None:
        """The first report."""
        with self.lock:
            self.tell(always=True)

    def tell(self, always: bool = False) -> None:
        """With the lock held: a sum that another thread has overtaken would be told after it."""
        now = time.monotonic()
        if always or now - self.reported >= INTERVAL:
            self.reported = now
            self.report(self.progress("downloading"))

    def progress(self, stage: str) -> Progress:
        done, total = sum(self.done.values()), sum(self.sizes.values())
        seconds = time.monotonic() - self.began
        fetched = done - self.found
        eta = seconds * (total - done) / fetched if fetched > 0 else None
        return Progress(stage, done, total, seconds, eta)


class Bar:
    """Stands in for tqdm: huggingface_hub reports each file's bytes to one of these."""

    meter: Meter
    name: str

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def update(self, count: float | None = 1) -> None:
        self.meter.add(self.name, count or 0)

    def update_transfer(self, count: float | None = 1) -> None:
        """Bytes on the wire: `update` counts those that reached the disk."""

    def set_postfix_str(self, text: str = "", refresh: bool = True) -> None:
        pass

    def set_transfer_postfix_str(self, text: str = "", refresh: bool = True) -> None:
        pass

    def close(self) -> None:
        pass


def bar_for(meter: Meter, name: str) -> Any:
    """A class for `hf_hub_download(tqdm_class=...)`, which makes one object per file."""
    return type("FileBar", (Bar,), {"meter": meter, "name": name})
