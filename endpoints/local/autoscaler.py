"""How many replicas there should be, by how many calls there are."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from endpoints.spec import Scaling

Clock = Callable[[], float]  # seconds, from wherever


@dataclass(frozen=True)
class Pace:
    """For how many seconds there must be more calls, or fewer, before replicas come or go."""

    up: float = 2.0
    down: float = 60.0


class Autoscaler:
    """`wanted` is the number of replicas. It goes up soon and down late: a load that comes and goes
    costs less when replicas stay than when they are loaded again and again.
    """

    def __init__(self, scaling: Scaling, clock: Clock, pace: Pace, asleep: bool = False) -> None:
        self.scaling, self.clock, self.pace = scaling, clock, pace
        self.wanted = 0 if asleep else self.least
        self.called = clock()
        self.more_since: float | None = None
        self.fewer_since: float | None = None
        self.most_lately = 0

    @property
    def least(self) -> int:
        """Of one that is awake."""
        return max(1, self.scaling.min_replicas)

    def change(self, scaling: Scaling) -> None:
        self.scaling = scaling
        if self.wanted:
            self.set(min(max(self.wanted, self.least), scaling.max_replicas))

    def sleep(self) -> None:
        self.set(0)

    def wake(self) -> None:
        self.called = self.clock()
        if not self.wanted:
            self.set(self.least)

    def look(self, calls: int) -> int:
        """The number wanted, now that there are so many calls, in line and at work."""
        if calls:
            self.wake()
        if self.wanted:
            self.weigh(self.fitting(calls))
            if self.is_unused:
                self.sleep()
        return self.wanted

    def fitting(self, calls: int) -> int:
        """The replicas that so many calls ask for."""
        wish = math.ceil(calls / self.scaling.target)
        return min(max(wish, self.least), self.scaling.max_replicas)

    @property
    def is_unused(self) -> bool:
        after = self.scaling.to_zero_after
        return after is not None and self.clock() - self.called >= after

    def weigh(self, wish: int) -> None:
        """Follows a wish that has held long enough; downwards, the highest of that time."""
        now = self.clock()
        self.more_since = (self.more_since or now) if wish > self.wanted else None
        if self.more_since is not None and now - self.more_since >= self.pace.up:
            self.set(wish)
        if wish >= self.wanted:
            self.fewer_since, self.most_lately = None, 0
            return
        self.fewer_since = self.fewer_since or now
        self.most_lately = max(self.most_lately, wish)
        if now - self.fewer_since >= self.pace.down:
            self.set(self.most_lately)

    def set(self, wanted: int) -> None:
        self.wanted = wanted
        self.more_since, self.fewer_since, self.most_lately = None, None, 0
