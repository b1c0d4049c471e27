"""Made-up measurements."""

from benchmarks.cold import INLINE, SCRIPT, SECONDS, WORKERS
from benchmarks.crowd import ANSWERED, BUSY, CRASHED, HUNG, WRONG, Outcome
from benchmarks.engine import BARE, Found
from benchmarks.fire import Fire
from benchmarks.hop import EMPTY, FULL, MORE, QUESTIONS, WORKER
from benchmarks.hop import INLINE as HERE
from benchmarks.killer import Kill
from benchmarks.room import INLINE as ONE_PROCESS
from benchmarks.room import WHAT
from benchmarks.room import WORKERS as PROCESSES
from benchmarks.squeeze import Peaks, Squeeze
from benchmarks.start import Sample

FIRST = next(iter(WHAT))


def held(taken: float, back: float, foreign: float = 0.0) -> Sample:
    """What the machine says is 10 MB more than what the processes say."""
    return Sample(
        {
            "machine taken": taken + 10,
            "machine returned": back + 10,
            "processes taken": taken,
            "processes returned": back,
        },
        foreign,
    )


def measured() -> Found:
    ways = {WORKERS: 0.2, INLINE: 0.1, SCRIPT: 5.0}
    calls = Sample({HERE: 2.0, WORKER: 2.5, MORE: 0.4}, 0.0)
    return Found(
        cold={name: [Sample({SECONDS: seconds}, 0.0)] for name, seconds in ways.items()},
        alike=0.99991,
        hop={name: [calls] for name in QUESTIONS} | {BARE: [Sample({EMPTY: 0.1, FULL: 0.5}, 0.9)]},
        held={(FIRST, PROCESSES): [held(90, 90)], (FIRST, ONE_PROCESS): [held(90, 40, 2.0)]},
        workers={1: 50.0, 4: 40.0},
        weights=100.0,
    )


def outcome(model: str, ended: float, kind: str = ANSWERED) -> Outcome:
    """A call of one second."""
    return Outcome(model, kind, ended - 1, ended)


def fire() -> Fire:
    """Model `a` was killed at 10 and 20, `b` at 30 and 31, `c` at 40; a nameless one at 50."""
    answers = [outcome("a", 10.05), outcome("a", 10.4), outcome("a", 20.6), outcome("b", 33.0)]
    failures = [outcome("a", 21, CRASHED), outcome("b", 31, BUSY), outcome("c", 41, HUNG),
                outcome("c", 42, WRONG), outcome("c", 43, "500")]  # fmt: skip
    kills = [Kill(10, 1, "a"), Kill(20, 2, "a"), Kill(30, 3, "b"), Kill(31, 4, "b"),
             Kill(40, 5, "c"), Kill(50, 6)]  # fmt: skip
    return Fire(
        outcomes=answers + failures,
        kills=kills,
        alive=True,
        quarantined=[],
        zygotes=1,
        strays=0,
        foreign=0.25,
        leaked=2,
        tracebacks=3,
    )


def squeeze() -> Squeeze:
    return Squeeze(
        outcomes=[outcome("a", 3.0), outcome("b", 3.0, BUSY)],
        budget=200_000_000,
        alive=False,
        strays=1,
        leaked=0,
        tracebacks=0,
        foreign=None,
        peaks=Peaks(private=150_000_000, tree=500_000_000, workers=2),
    )
