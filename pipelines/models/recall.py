"""Models that were found a moment ago: many calls of one model need not look at the disk each."""

import time
from collections.abc import Callable

from pipelines.model import Model
from pipelines.models.names import Name

SECONDS = 1.0  # after which a change on the disk is seen at the latest
MOST = 256  # models that are remembered; each is asked for by anybody's words

Key = tuple[Name, str | None]  # the model, and whose token asks for it


class Recall:
    """Only what was found is remembered, never that something was not there."""

    def __init__(
        self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds, self.clock = seconds, clock
        self.known: dict[Key, tuple[float, Model]] = {}

    def get(self, key: Key) -> Model | None:
        until, model = self.known.get(key, (0.0, None))
        return model if self.clock() < until else None

    def look(self, key: Key, find: Callable[[], Model | None]) -> Model | None:
        """What `find` finds now. Its time counts from before the look."""
        until = self.clock() + self.seconds
        model = find()
        if len(self.known) >= MOST:
            self.known.clear()
        if model:
            self.known[key] = until, model
        else:
            self.known.pop(key, None)
        return model
