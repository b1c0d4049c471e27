"""Samples of several subjects, taken in turn."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks import noise
from benchmarks.start import QUIET, WAIT, Sample, quiet_sample

Samples = Mapping[str, Sequence[Sample]]  # by subject
Subjects = Mapping[str, Callable[[], Sample]]


def alternating(subjects: Subjects, rounds: int, tries: int, unit: str) -> Samples:
    """Samples of every subject; every second round goes backwards. The first does not count."""
    found: dict[str, list[Sample]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name in list(subjects)[:: -1 if number % 2 else 1]:
            noise.wait_for_quiet(QUIET, WAIT if tries > 1 else 1)
            say = f"round {number or 'warm-up'}  {name}"
            sample = quiet_sample(subjects[name], say, tries if number else 1, unit)
            if number:
                found[name].append(sample)
    return found
