"""Clients that ask one address over and over, with as little work of their own as can be: what they
use of the processor, the server lacks."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LENGTH = b"content-length:"


@dataclass
class Load:
    """What came of it: `seconds` of each answer, how long all of it took, statuses that were not
    200, and one answer for each body."""

    seconds: list[float] = field(default_factory=list)
    took: float = 0.0
    wrong: list[int] = field(default_factory=list)
    answers: dict[int, bytes] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.took

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the answers came."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


def asked(url: str, bodies: Sequence[bytes], clients: int, seconds: float) -> Load:
    """`clients` connections post the bodies in turn, each as soon as it has its answer."""
    return asyncio.run(attack(url, bodies, clients, seconds))


async def attack(url: str, bodies: Sequence[bytes], clients: int, seconds: float) -> Load:
    found, place = Load(), urlsplit(url)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    requests = [head + b"%d\r\n\r\n" % len(body) + body for body in bodies]
    start = time.perf_counter()
    until = start + seconds
    port = place.port or 80
    await asyncio.gather(
        *(client(port, requests, number, until, found) for number in range(clients))
    )
    found.took = time.perf_counter() - start
    return found


async def client(
    port: int, requests: Sequence[bytes], number: int, until: float, found: Load
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    try:
        while (begun := time.perf_counter()) < until:
            at = number % len(requests)
            number += 7  # so that clients do not ask the same at the same time
            writer.write(requests[at])
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(length(head))
            status = int(head[9:12])
            if status == 200:
                found.seconds.append(time.perf_counter() - begun)
                found.answers.setdefault(at, body)
            else:
                found.wrong.append(status)
    finally:
        writer.close()


def length(head: bytes) -> int:
    """Raises ValueError for an answer that does not say how long it is."""
    at = head.lower().index(LENGTH)
    return int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
