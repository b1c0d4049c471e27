"""Where a resident stands, as others see it."""

import time
from typing import TYPE_CHECKING

from pipelines.engine.call import State, Status
from pipelines.engine.share import Share

if TYPE_CHECKING:
    from pipelines.engine.resident import Resident

IDLE_AFTER = 60.0  # seconds without a call from which on a warm model is called idle


def status_of(resident: "Resident") -> Status:
    seconds = time.monotonic() - resident.since
    share, loading = resident.share, resident.state == "loading"
    return Status(
        state=shown(resident, seconds),
        reason=resident.reason,
        seconds=seconds,
        done=min(share.filled, share.expected.bytes) if loading else 0,
        total=share.expected.bytes if loading else 0,
        eta=eta(share, seconds) if loading else None,
        memory=share.held,
        waiting=len(resident.desk.line),
        took=resident.took,
        crashes=resident.past.crashes,
        pinned=resident.pinned,
        error=resident.past.error,
    )


def shown(resident: "Resident", seconds: float) -> State:
    """A call is over for others when its caller has the answer."""
    over = all(job.over.is_set() for job in resident.desk.running)
    if resident.state == "busy" and over and not len(resident.desk.line):
        return "warm"
    return "idle" if resident.state == "warm" and seconds > IDLE_AFTER else resident.state


def eta(share: Share, seconds: float) -> float | None:
    """By the last load of this model here, else by the bytes so far; a load may be late."""
    expected, filled = share.expected, share.filled
    if expected.seconds:
        return max(0.0, expected.seconds - seconds)
    if not filled:
        return None
    return seconds * max(0, expected.bytes - filled) / filled
