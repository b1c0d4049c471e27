"""What is counted of an endpoint's calls: for the graphs of its page, and for Prometheus."""

import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from endpoints.status import Status

EVERY = 5.0  # seconds between two samples
KEPT = 24 * 720  # samples: a day of them
MOST_TIMES = 5_000  # latencies between two samples; beyond, the percentiles are of the last ones


@dataclass(frozen=True)
class Sample:
    """What was counted since the sample before. `at` is seconds since 1970; `requests` by class of
    status ("2xx", "4xx", "5xx"); `p50` to `p99` are seconds, None where nobody called;
    `replicas` by their state; `waiting` calls in line; `memory` in bytes.
    """

    at: float
    requests: Mapping[str, int]
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    replicas: Mapping[str, int]
    waiting: int
    in_flight: int
    memory: int


@dataclass(eq=False)
class Watch:
    """Of one endpoint. `last` is when it was last called, in seconds since 1970, as far as this
    server knows."""

    counts: Counter[str] = field(default_factory=Counter)
    last: float | None = None
    times: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_TIMES))
    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, status: int, seconds: float) -> None:
        """A request was answered."""
        self.last = time.time()
        self.counts[f"{status // 100}xx"] += 1
        if status < 400:
            self.times.append(seconds)

    def sample(self, now: Status) -> None:
        times = sorted(self.times)
        self.samples.append(
            Sample(
                at=time.time(),
                requests=dict(self.counts),
                p50=percentile(times, 50),
                p90=percentile(times, 90),
                p95=percentile(times, 95),
                p99=percentile(times, 99),
                replicas=dict(Counter(each.state for each in now.replicas)),
                waiting=now.waiting,
                in_flight=now.in_flight,
                memory=now.memory,
            )
        )
        self.counts.clear()
        self.times.clear()

    def since(self, seconds: float) -> Sequence[Sample]:
        first = time.time() - seconds
        return [each for each in self.samples if each.at >= first]


def percentile(ordered: Sequence[float], share: int) -> float | None:
    """By the nearest rank: the least value that `share` percent of them do not exceed."""
    if not ordered:
        return None
    rank = -(-len(ordered) * share // 100)
    return ordered[max(0, rank - 1)]
