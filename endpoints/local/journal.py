"""The logs of replicas: a file each, a JSON object a line, written by the replica's own process."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from endpoints.engines import Line

log = logging.getLogger(__name__)
KEPT = 20  # files of an endpoint; the oldest go
LOOK_SECONDS = 0.5
NOT_TOLD = ("timestamp", "level", "logger", "event", "exception")
MOST = 10_000  # lines that may be asked for


def prepare(folder: Path) -> Path | None:
    """The folder, with room for one more replica; None where it cannot be written: one without a
    log is better than none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = sorted(folder.glob("*.log*"), key=age)
        for each in files[: max(0, len(files) - KEPT)]:
            each.unlink(missing_ok=True)
    except OSError as error:
        log.warning("A replica of %s will have no log: %s", folder.name, error)
        return None
    return folder


def age(file: Path) -> float:
    """When it was last written; at the first where it is gone: its replica begins another one."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def tail(folder: Path, replica: str | None, count: int) -> list[Line]:
    """The last lines, the oldest first."""
    found = [line for file in files(folder, replica) for line in read(file)]
    found.sort(key=lambda line: line.at)
    return found[-min(count, MOST) :] if count > 0 else []


def files(folder: Path, replica: str | None) -> list[Path]:
    """Those of one replica, or of all; what began a newer file comes first."""
    every = [*folder.glob("*.log.1"), *folder.glob("*.log")]
    return [each for each in every if replica is None or name_of(each) == replica]


def name_of(file: Path) -> str:
    return file.name.partition(".log")[0]


def read(file: Path) -> Iterator[Line]:
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from map(parse(name_of(file)), deque(lines, MOST))
    except FileNotFoundError:  # it was begun anew meanwhile
        return


def parse(replica: str) -> Any:
    def line(text: str) -> Line:
        try:
            said = json.loads(text)
            at = datetime.fromisoformat(said["timestamp"]).timestamp()
        except (ValueError, KeyError, TypeError):
            return Line(0.0, replica, text.rstrip("\n"))
        more = " ".join(f"{key}={said[key]}" for key in said if key not in NOT_TOLD)
        words = f"{said.get('event', '')} {more}".strip()
        return Line(at, replica, "\n".join([words, *said.get("exception", [])]), level_of(said))

    return line


def level_of(said: dict[str, Any]) -> str:
    return "info" if said.get("level") == "debug" else str(said.get("level", "info"))


async def follow(folder: Path, replica: str | None) -> AsyncGenerator[Line, None]:
    """Lines as they are written, from now on."""
    places = {file: file.stat().st_size for file in files(folder, replica)}
    while True:
        found: list[Line] = []
        for file in files(folder, replica):
            if file.suffix == ".log":
                places[file], new = await asyncio.to_thread(since, file, places.get(file, 0))
                found += new
        for line in sorted(found, key=lambda line: line.at):
            yield line
        await asyncio.sleep(LOOK_SECONDS)


def since(file: Path, place: int) -> tuple[int, list[Line]]:
    """Whole lines behind `place`, and the place behind them; a file begun anew is read whole."""
    try:
        with file.open("rb") as open_file:
            size = open_file.seek(0, 2)
            open_file.seek(place if size >= place else 0)
            start, data = open_file.tell(), open_file.read()
    except FileNotFoundError:
        return 0, []
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.decode("utf-8", "replace").splitlines()
    return start + len(whole), [parse(name_of(file))(each) for each in lines]
