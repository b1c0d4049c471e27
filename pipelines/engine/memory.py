"""Who holds how much memory: a ledger that is written before anything is loaded.

A pool is what one model can have as a whole: the main memory, or the memory of one GPU. All sizes
are bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipelines.hardware import Hardware

GB = 1_000_000_000
GPU_RESERVE = 0.05  # of a GPU's memory: fragments, and what other programs draw
MAIN_RESERVE = 0.1  # of main memory, for what answers need while they are computed
SERVER = 3 * GB // 2  # what the page, the API and the libraries themselves take
Shares = Mapping[int, int]  # pool -> bytes
T = TypeVar("T")  # whoever holds memory


def pools(hardware: Hardware, gigabytes: float | None = None) -> tuple[int, ...]:
    """The memory for models on this machine; `gigabytes` is what the operator allows instead."""
    if gigabytes is not None:
        whole = int(gigabytes * GB)
        return tuple(whole for _ in hardware.gpus) or (whole,)
    if hardware.gpus:
        return tuple(int(gpu.memory * (1 - GPU_RESERVE)) for gpu in hardware.gpus)
    rest = hardware.memory * (1 - MAIN_RESERVE) - SERVER
    return (int(max(rest, hardware.memory / 4)),)


@dataclass(frozen=True)
class Plan(Generic[T]):
    """Where a model goes, and who must leave before."""

    shares: Shares
    leaving: tuple[T, ...] = ()


class Memory(Generic[T]):
    """The pools and who has which share of them.

    `available` tells the bytes of main memory that really are free, where models lie there: other
    programs take memory too. What is `missing` of a share that still fills it cannot see yet.
    """

    def __init__(
        self, sizes: Sequence[int], available: Callable[[], int | None] = lambda: None
    ) -> None:
        self.sizes = tuple(sizes)
        self.available = available
        self.shares: dict[T, Shares] = {}
        self.filling: dict[T, int] = {}  # bytes that have come so far

    @property
    def size(self) -> int:
        return sum(self.sizes)

    @property
    def taken(self) -> int:
        return sum(map(self.held, self.shares))

    def held(self, who: T) -> int:
        return sum(self.shares.get(who, {}).values())

    def never(self, need: int) -> bool:
        """Whether `need` would not fit even if everything else left."""
        return place(self.sizes, need) is None

    def unwritten(self) -> list[int]:
        """What is left of each pool by the ledger alone; less than nothing where models grew."""
        return self.beside(self.shares)

    def beside(self, them: Iterable[T]) -> list[int]:
        """What `them` alone would leave of each pool."""
        shares = [self.shares[who] for who in them]
        return [
            size - sum(each.get(pool, 0) for each in shares) for pool, size in enumerate(self.sizes)
        ]

    def free(self) -> list[int]:
        """What is left of each pool."""
        left = self.unwritten()
        really = self.available()
        if really is not None:
            left[0] = min(left[0], really - sum(map(self.missing, self.filling)))
        return left

    def missing(self, who: T) -> int:
        """What of a share is promised and not taken yet."""
        return max(0, self.held(who) - self.filling[who])

    def plan(self, need: int, idle: Sequence[T]) -> Plan[T] | None:
        """Where `need` fits when as few as possible of `idle`, the first ones first, leave.

        None if it would not fit even without all of them.
        """
        leaving: list[T] = []
        waiting = list(idle)
        while (shares := place(self.free_without(leaving), need)) is None:
            if not waiting:
                return None
            leaving.append(waiting.pop(0))
        for each in list(leaving):  # one in another pool than the place that was found may stay
            others = [other for other in leaving if other is not each]
            if found := place(self.free_without(others), need):
                leaving, shares = others, found
        return Plan(shares, tuple(leaving))

    def free_without(self, leaving: Sequence[T]) -> list[int]:
        left = self.free()
        for who in leaving:
            for pool, size in self.shares.get(who, {}).items():
                left[pool] += size
        return left

    def crowded(self, idle: Sequence[T]) -> list[T]:
        """Those of `idle` with a share of a pool of which more is held than there is."""
        over = {pool for pool, left in enumerate(self.unwritten()) if left < 0}
        return [who for who in idle if over.intersection(self.shares.get(who, ()))]

    def take(self, who: T, shares: Shares) -> None:
        """Writes a share down before it is filled."""
        self.shares[who] = shares
        self.filling[who] = 0

    def fill(self, who: T, size: int) -> None:
        """Notes how much of a share has been taken so far."""
        if who in self.filling:
            self.filling[who] = size

    def settle(self, who: T, size: int) -> None:
        """Replaces what was promised by what was found to be taken."""
        before = self.shares[who]
        whole = sum(before.values()) or 1
        self.shares[who] = {pool: size * part // whole for pool, part in before.items()}
        self.filling.pop(who, None)

    def release(self, who: T) -> None:
        self.shares.pop(who, None)
        self.filling.pop(who, None)


def place(free: Sequence[int], need: int) -> Shares | None:
    """`need` in the emptiest pool, else spread over all of them; None where that is too little."""
    emptiest = max(range(len(free)), key=lambda pool: free[pool])
    if free[emptiest] >= need:
        return {emptiest: need}
    whole = sum(max(left, 0) for left in free)
    if len(free) < 2 or whole < need:
        return None
    return {pool: need * left // whole for pool, left in enumerate(free) if left > 0}
