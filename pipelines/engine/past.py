"""What is remembered of a model between its stays: how it failed, and how often it crashed."""

import math
import time
from dataclasses import dataclass

from pipelines.errors import TaglineError, Unavailable

MOST_CRASHES = 5  # in a row, without a good answer between them
LONGEST = 60.0  # seconds of back-off
QUARANTINE = 600.0  # seconds


@dataclass(frozen=True)
class Trouble:
    """What went wrong with a model, and when, in seconds since 1970."""

    model: str
    text: str
    at: float


@dataclass
class Past:
    """`crashes` counts those since the last good answer; `until` is the end of a quarantine, and
    no load should begin before `after`, both by the monotonic clock. `plain` says that it ended
    while it went by a faster way: it takes none again.
    """

    crashes: int = 0
    until: float = 0.0
    after: float = 0.0
    error: str | None = None
    plain: bool = False

    def loaded(self) -> None:
        self.error = None

    def answered(self) -> None:
        self.crashes = 0

    def fail(self, error: TaglineError) -> None:
        self.error = str(error)

    def crashed(self, model: str) -> None:
        """Counts a crash. The first one is forgiven, each further one doubles the back-off.

        Raises Unavailable where the model goes into quarantine.
        """
        self.crashes += 1
        if self.crashes >= MOST_CRASHES:
            self.until = time.monotonic() + QUARANTINE
            raise self.quarantine(model)
        if self.crashes > 1:
            self.after = time.monotonic() + min(2.0 ** (self.crashes - 2), LONGEST)

    @property
    def back_off(self) -> float:
        """Seconds to wait before the next load."""
        return max(0.0, self.after - time.monotonic())

    @property
    def quarantined(self) -> float:
        """Seconds of quarantine that are left."""
        return max(0.0, self.until - time.monotonic())

    def check(self, model: str) -> None:
        """Raises Unavailable while the model is in quarantine; afterwards it begins anew."""
        if self.quarantined:
            raise self.quarantine(model)
        if self.until:
            self.crashes, self.until = 0, 0.0

    def forgive(self) -> None:
        """The operator asks for the model by hand."""
        self.crashes, self.until, self.after, self.error = 0, 0.0, 0.0, None
        self.plain = False

    def quarantine(self, model: str) -> Unavailable:
        return Unavailable(
            f"The process of {model} ended {self.crashes} times in a row, so it is not started "
            f"for {math.ceil(self.quarantined / 60)} min. The server's log says why. The operator "
            "can load it before then.",
            max(1.0, self.quarantined),
        )
