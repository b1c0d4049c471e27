"""What a benchmark claims: the last lines of its output, which the book of all of them reads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LINE = re.compile(r"(\w+) ratio ([\d.]+|nan)(?: target (<=)?([\d.]+))?")


@dataclass(frozen=True)
class Claim:
    """`NAME ratio VALUE target TARGET`. The value is to be at least the target, or with `most` at
    most; without a target it is told alone."""

    name: str
    value: float
    target: float | None = None
    most: bool = False

    def __str__(self) -> str:
        sign = "<=" if self.most else ""
        aim = "" if self.target is None else f" target {sign}{self.target:g}"
        return f"{self.name} ratio {self.value:.2f}{aim}"

    @property
    def met(self) -> bool | None:
        """None where nothing was aimed at."""
        if self.target is None:
            return None
        return self.value <= self.target if self.most else self.value >= self.target


def within(name: str, value: float, allowed: float) -> Claim:
    """That `value` is no more than what is allowed, both in the same unit."""
    return Claim(name, value / allowed, 1.0, most=True)


def parse(line: str) -> Claim | None:
    """The claim that a line makes, if it makes one."""
    match = LINE.fullmatch(line.strip())
    if match is None:
        return None
    name, value, most, target = match.groups()
    return Claim(name, float(value), float(target) if target else None, bool(most))


def of(output: str) -> Sequence[Claim]:
    """All that an output makes, in order."""
    return [claim for claim in map(parse, output.splitlines()) if claim]
