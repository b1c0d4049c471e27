"""What replicas on a Ray cluster wrote: files on their nodes, read through Ray's REST API."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from endpoints.engines import Line
from endpoints.ray.rest import Details, Rest
from pipelines.errors import Unavailable

LOOK_SECONDS = 1.0
AT_ONCE = 200  # lines of a look; more than these in a second are not followed


async def tail(
    rest: Rest, details: Details, application: str, replica: str | None, lines: int
) -> Sequence[Line]:
    """The last lines of one replica or of all, the oldest first."""
    found = [each for each in files(details, application) if replica in (None, each[0])]
    texts = await asyncio.gather(*(rest.log(node, file, lines) for _, node, file in found))
    every = [line for (id, *_), text in zip(found, texts, strict=True) for line in read(id, text)]
    return sorted(every, key=lambda each: each.at)[-lines:]


async def follow(rest: Rest, application: str, replica: str | None) -> AsyncGenerator[Line, None]:
    """Lines as they are written, of replicas too that come later."""
    known: set[Line] | None = None
    while True:
        try:
            lines = await tail(rest, await rest.details(), application, replica, AT_ONCE)
        except Unavailable:
            lines = []
        for line in lines:
            if known is not None and line not in known:
                yield line
        known = (known or set()) | set(lines)
        known = set(sorted(known, key=lambda each: each.at)[-20 * AT_ONCE :])
        await asyncio.sleep(LOOK_SECONDS)


def files(details: Details, application: str) -> Iterator[tuple[str, str, str]]:
    """Replica, node and file of each replica that there is."""
    app = details.get("applications", {}).get(application) or {}
    for part in (app.get("deployments") or {}).values():
        for each in part.get("replicas", []):
            if each.get("log_file_path") and each.get("node_id"):
                yield each["replica_id"], each["node_id"], each["log_file_path"]


def read(replica: str, text: str) -> Iterator[Line]:
    """Ray writes JSON where it was told to (`logging_config`); another line is kept as it is."""
    at = 0.0
    for raw in text.splitlines():
        if not raw.strip():
            continue
        try:
            said: Any = json.loads(raw)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            yield Line(at, replica, raw)
            continue
        at = moment(said, at)
        level = str(said.get("levelname", "info")).lower()
        yield Line(at, replica, str(said.get("message", "")), level)


def moment(said: dict[str, Any], before: float) -> float:
    """Seconds since 1970 of a line; that of the line before it where it has none."""
    if isinstance(nanoseconds := said.get("timestamp_ns"), int):
        return nanoseconds / 1e9
    try:
        return datetime.fromisoformat(str(said["asctime"])).replace(tzinfo=UTC).timestamp()
    except (KeyError, ValueError):
        return before
