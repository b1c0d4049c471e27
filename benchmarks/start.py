"""`python -m benchmarks.start`: from the start of a process to its first page and first answer.

Tagline beside what people write by hand for the same model. Rounds alternate the order; what was
measured while others used the CPU is measured again, a few times at most.
"""

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import noise
from benchmarks.claims import Claim, within
from benchmarks.subjects import ANSWER, OURS, PAGE, SUBJECTS, Times
from docs.generate import README, fill, table
from pipelines.probe import cpu_flags

QUIET = 0.3  # cores that others may use
WAIT = 20  # seconds to wait for others before each, at most
ALLOWED = {PAGE: 2.5, ANSWER: 6.0}  # seconds from the process' start that are promised
PACKAGES = ("gradio", "transformers", "sentence-transformers", "torch")


@dataclass(frozen=True)
class Sample:
    """One measurement; `foreign` is the cores that others used meanwhile, None if unknown."""

    times: Times
    foreign: float | None

    @property
    def disturbed(self) -> bool:
        return self.foreign is not None and self.foreign > QUIET


Samples = Mapping[str, Sequence[Sample]]  # by subject


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    parser.add_argument("--tries", type=int, default=4, help="for one sample, at most (default: 4)")
    parser.add_argument("--quick", action="store_true", help="two rounds, two tries")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args(argv)
    if given.quick:
        given.rounds = given.tries = 2
    if min(given.rounds, given.tries) < 1:
        parser.error("--rounds and --tries must be at least 1")
    return given


# Measuring ------------------------------------------------------------------------------------


def measure_all(rounds: int, tries: int) -> dict[str, list[Sample]]:
    """Samples of every subject; every second round goes backwards. A first round warms the disk."""
    found: dict[str, list[Sample]] = {name: [] for name in SUBJECTS}
    for number in range(rounds + 1):
        for name in list(SUBJECTS)[:: -1 if number % 2 else 1]:
            say = f"round {number or 'warm-up'}  {name}"
            sample = quiet_sample(partial(measure, name), say, tries if number else 1)
            if number:
                found[name].append(sample)
    return found


def measure(name: str) -> Sample:
    noise.wait_for_quiet(QUIET, WAIT)
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        before = noise.read()
        times = SUBJECTS[name](Path(home))
        return Sample(times, noise.foreign(before, noise.read()))


def quiet_sample(measure: Callable[[], Sample], say: str, tries: int, unit: str = "s") -> Sample:
    """The first sample that nobody disturbed, else the least disturbed of `tries`."""
    seen: list[Sample] = []
    while len(seen) < tries and (not seen or seen[-1].disturbed):
        seen.append(measure())
        print(f"{say}  {row_text(seen[-1], unit)}", flush=True)
    return min(seen, key=lambda sample: sample.foreign or 0.0)


def row_text(sample: Sample, unit: str = "s") -> str:
    times = ", ".join(f"{metric} {value:.2f} {unit}" for metric, value in sample.times.items())
    others = "unknown" if sample.foreign is None else f"{sample.foreign:.2f} cores"
    return f"{times}  (others: {others}{', disturbed' if sample.disturbed else ''})"


# Reporting ------------------------------------------------------------------------------------


def judged(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Those that nobody disturbed; all of them if there is none."""
    return [sample for sample in samples if not sample.disturbed] or samples


def middle(samples: Sequence[Sample], metric: str) -> float | None:
    """The median in seconds; None where there is no such thing to measure."""
    times = [sample.times[metric] for sample in judged(samples) if metric in sample.times]
    return median(times) if times else None


def claims(found: Samples) -> list[str]:
    """One line per comparison: below 1 Tagline is faster, above 1 it is slower."""
    lines = []
    for peer in (name for name in found if name != OURS):
        for metric in (PAGE, ANSWER):
            ours, theirs = middle(found[OURS], metric), middle(found[peer], metric)
            if ours is not None and theirs is not None:
                name = re.sub(r"\W+", "_", f"{metric} vs {peer}").lower()
                lines.append(f"{name} ratio {ours / theirs:.2f}")
    return [*lines, *map(str, promised(found))]


def promised(found: Samples) -> list[Claim]:
    """What is promised of Tagline whatever others need."""
    times = {metric: middle(found[OURS], metric) for metric in ALLOWED}
    return [
        within(f"{metric.replace(' ', '_')}_of_{1000 * most:.0f}_ms", seconds, most)
        for (metric, most), seconds in zip(ALLOWED.items(), times.values(), strict=True)
        if seconds is not None
    ]


def result_table(found: Samples) -> str:
    rows = [[name, *(cell(samples, metric) for metric in (PAGE, ANSWER))]
            for name, samples in found.items()]  # fmt: skip
    return table(("", PAGE.capitalize(), ANSWER.capitalize()), rows)


def cell(samples: Sequence[Sample], metric: str) -> str:
    seconds = middle(samples, metric)
    mark = " (disturbed)" if all(sample.disturbed for sample in samples) else ""
    return "–" if seconds is None else f"{seconds:.2f} s{mark}"


def circumstances(found: Samples, today: str) -> str:
    """What a reader must know to judge the table."""
    samples = [sample for each in found.values() for sample in each]
    counted = [sample for each in found.values() for sample in judged(each)]
    known = [sample.foreign for sample in counted if sample.foreign is not None]
    others = f"{median(known):.2f} cores" if known else "an unknown share"
    disturbed = sum(sample.disturbed for sample in samples)
    return (
        f"Medians of {today}, rounds: {len(found[OURS])}; {machine()}; {versions()}. "
        f"Others used {others} of the CPU meanwhile. {disturbed} of {len(samples)} measurements "
        f"stayed disturbed (others used more than {QUIET} cores); where there are calm ones, only "
        "these count."
    )


def machine() -> str:
    """Its cores, and what they have of the instructions that matter here."""
    known = ", ".join(cpu_flags(Path("/")))
    cores = f"{os.cpu_count()} cores of {processor(Path('/proc/cpuinfo'))}"
    return f"{cores} ({known})" if known else cores


def processor(cpuinfo: Path) -> str:
    named = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text() if cpuinfo.exists() else "",
                      re.MULTILINE)  # fmt: skip
    return named[1].strip() if named else platform.processor() or platform.machine()


def versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()}, {packages}"


def main(argv: Sequence[str]) -> None:
    given = arguments(argv)
    print(f"{machine()}; {versions()}", flush=True)
    found = measure_all(given.rounds, given.tries)
    today = datetime.now(UTC).date().isoformat()
    body = f"{result_table(found)}\n\n{circumstances(found, today)}"
    print(f"\n{body}\n")
    if given.write:
        README.write_text(fill(README.read_text(encoding="utf-8"), "start", body), encoding="utf-8")
    print("\n".join(claims(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
