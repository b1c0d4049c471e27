"""How much CPU others used while something was measured."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

STAT = Path("/proc/stat")  # Linux only; elsewhere nothing is known of others
# Columns of the line `cpu` (proc(5)): all but idle (3), iowait (4) and the guests, which user has.
BUSY = (0, 1, 2, 5, 6, 7)


@dataclass(frozen=True)
class Reading:
    """Seconds: the clock, CPU time of the whole machine (None if unknown), CPU time of our own."""

    at: float
    machine: float | None
    own: float


def read() -> Reading:
    """Now. `own` is of this process and of its descendants that have ended."""
    machine = busy(STAT.read_text(), os.sysconf("SC_CLK_TCK")) if STAT.exists() else None
    return Reading(time.perf_counter(), machine, sum(os.times()[:4]))


def read_family(killed: float = 0.0) -> Reading:
    """As `read`, and `own` is of the descendants that live too: of a server and its workers.

    Nobody counts a worker that has ended: `killed` is the CPU seconds of those.
    """
    now = read()
    return Reading(now.at, now.machine, now.own + sum(map(spent, family())) + killed)


def family() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def spent(process: psutil.Process) -> float:
    """CPU seconds of one process that lives, and of those it waited for; 0 if it is gone."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.Error:
        return 0.0


def busy(stat: str, ticks: int) -> float:
    """CPU seconds since boot that all cores were busy, or taken by other virtual machines."""
    columns = stat.splitlines()[0].split()[1:]
    return sum(int(columns[i]) for i in BUSY) / ticks


def foreign(before: Reading, after: Reading) -> float | None:
    """Cores that others kept busy between two readings, or None if that cannot be known."""
    if before.machine is None or after.machine is None:
        return None
    others = (after.machine - before.machine) - (after.own - before.own)
    return max(0.0, others / (after.at - before.at))


def wait_for_quiet(most: float, seconds: int) -> None:
    """Returns once others used less than `most` cores for a second, or after `seconds`."""
    for _ in range(seconds):
        before = read()
        time.sleep(1)
        if (foreign(before, read()) or 0.0) < most:
            return
