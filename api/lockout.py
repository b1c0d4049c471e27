"""Slows down whoever tries one token after another.

Nobody guesses 256 random bits, so this is for the log's and the database's sake; and it must not
become the way to shut others out, who may share an address with the guesser behind a proxy or a
company's router. Hence:

- A token that an address has used well before goes through while the address waits. All others are
  refused unread, good ones too: to tell them apart would be to answer the guess.
- The same wrong token again counts once: a forgotten program with a revoked token is no guesser.
- A good token forgives nothing, or a guesser would mix his own in.
- A signed cookie cannot be guessed token by token, so it does not count here.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

from pipelines.errors import TooManyTries

FREE = 5  # wrong tokens without a wait
FIRST_SECONDS = 1.0  # then the wait doubles with each
MOST_SECONDS = 900.0
FORGET_SECONDS = 3600.0  # without a wrong token
MOST_KEPT = 10_000  # addresses, and tokens tried

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Record:
    """How many wrong tokens came, the last of them at `last`, and until when the address waits."""

    wrong: int
    last: float
    until: float


class Lockout:
    """In this process's memory, bounded; gone at the next start. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.records: OrderedDict[str, Record] = OrderedDict()
        self.tried: OrderedDict[tuple[str, bytes], bool] = OrderedDict()  # whether it was good

    def check(self, address: str, secret: str) -> None:
        """Raises TooManyTries where `secret` must not be looked at now."""
        who = network(address)
        record = self.records.get(who)
        left = record.until - self.clock() if record else 0.0
        if left > 0 and not self.tried.get((who, digest(secret))):
            raise TooManyTries(
                "Too many unknown tokens came from your address. Wait as long as Retry-After says, "
                "and then send the right one.",
                retry_after=left,
            )

    def note(self, address: str, secret: str, good: bool) -> None:
        """What came of a secret that was looked at."""
        who = network(address)
        key = (who, digest(secret))
        again = self.tried.get(key) is False
        keep(self.tried, key, good)
        if not good and not again:
            keep(self.records, who, self.count(self.records.get(who)))

    def count(self, before: Record | None) -> Record:
        now = self.clock()
        fresh = before if before and now - before.last < FORGET_SECONDS else None
        wrong = fresh.wrong + 1 if fresh else 1
        return Record(wrong, now, now + wait(wrong))


def wait(wrong: int) -> float:
    """Seconds after so many wrong tokens."""
    if wrong < FREE:
        return 0.0
    return min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(wrong - FREE, 60))


def network(address: str) -> str:
    """Whose address it is: one customer has a whole /64 of IPv6 to choose from."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and not found.ipv4_mapped:
        return str(ip_network((found, 64), strict=False))
    return address


def digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def keep(kept: "OrderedDict[Key, Value]", key: Key, value: Value) -> None:
    """As the newest; the oldest makes room."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)
