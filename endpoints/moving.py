"""From one engine to another: the new one brings the endpoint up while the old one answers; then
calls go to the new one, and the old one answers what it has.
"""

import time
from dataclasses import dataclass, field, replace

from endpoints.engines import Deployment
from endpoints.status import Status

ARRIVED = ("running", "scaledToZero")


@dataclass(eq=False)
class Move:
    """`old` is what runs on the engine that is left, `seen` where that stands. `arrived` is when
    the new engine began to answer, in monotonic seconds; from then on calls go there."""

    old: Deployment
    seen: Status = field(default_factory=lambda: Status("pending"))
    arrived: float | None = None
    begun: float | None = None  # since when the old engine only answers what it has begun

    @property
    def engine(self) -> str:
        return self.old.spec.engine

    def over(self, calls: float) -> bool:
        """Whether the old engine, which has so many calls, may go: it has answered all of them, or
        had the time that a call has since none waits there."""
        if self.arrived is None:
            return False
        if self.seen.waiting and calls:
            self.begun = None
            return False
        self.begun = self.begun or time.monotonic()
        return not calls or time.monotonic() - self.begun > self.old.spec.timeout

    def status(self, new: Status) -> Status:
        """Of both engines as one endpoint."""
        both = replace(
            new,
            replicas=self.seen.replicas + new.replicas,
            waiting=self.seen.waiting + new.waiting,
            answering=self.seen.answering + new.answering,
        )
        if self.arrived is not None:
            return replace(both, state="updating", reason=f"It leaves the engine {self.engine}.")
        if new.state == "failed":
            reason = f"{new.reason} It goes on on the engine {self.engine}.".strip()
            return replace(both, state="updateFailed", reason=reason)
        reason = f"It goes on on the engine {self.engine} until it is up: {new.reason}"
        return replace(both, state="updating", reason=reason.rstrip(": "))


def begun(before: Deployment | None, move: Move | None, engine: str) -> Move | None:
    """The move of an endpoint that is to be on `engine` from now on. `before` is what runs of it,
    None where nothing does, and `move` the one that is under way."""
    if before is None or before.model is None or before.asleep:
        return None
    if move and move.arrived is None:
        return None if move.engine == engine else move  # back to where it still answers
    return Move(before)
