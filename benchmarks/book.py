"""BENCHMARKS.md: what came of all benchmarks, the rows that were lost too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.claims import Claim, of, parse
from benchmarks.scripts import Script, why
from docs.generate import table

PROGRESS = re.compile(r"round |workers: |  |Loading weights|Setting up |Writing model")
INTRODUCTION = (
    "Written by `make bench`. Where a target is `at least`, a ratio is how many times as fast, or "
    "what share; where it is `at most`, what is measured by what is allowed. Without a target, "
    "those of `start` and `engine` are times, ours by theirs: below 1 is faster. On an older "
    "processor, which has AVX2 alone, more is missed: [benchmarks/avx2.md](benchmarks/avx2.md)."
)
HEADS = ("Claim", "Ratio", "Target", "")


@dataclass(frozen=True)
class Run:
    """One script's outcome: what it printed, how it ended, and in how many seconds; `foreign` is
    the cores that others used meanwhile, None if unknown."""

    script: Script
    output: str
    status: int
    seconds: float
    foreign: float | None = None

    @property
    def claims(self) -> Sequence[Claim]:
        return of(self.output)


def book(runs: Sequence[Run], circumstances: str) -> str:
    """The whole file. `circumstances` says the machine, versions and date."""
    parts = [
        "# Benchmarks",
        INTRODUCTION,
        circumstances,
        "## Claims",
        table(("By", *HEADS), [[each.script.name, *row] for each in runs for row in rows(each)]),
        *missed(runs),
        *map(section, runs),
    ]
    return "\n\n".join(parts) + "\n"


def rows(run: Run) -> list[list[str]]:
    if run.status:
        return [[f"it ended with {run.status}", "–", "–", "not measured"]]
    return [
        [each.name.replace("_", " "), f"{each.value:.2f}", target(each), verdict(each)]
        for each in run.claims
    ]


def target(claim: Claim) -> str:
    if claim.target is None:
        return "–"
    return f"{'at most' if claim.most else 'at least'} {claim.target:g}"


def verdict(claim: Claim) -> str:
    """How much is missing, where it is missed."""
    if claim.met is None or claim.target is None:
        return ""
    if claim.met:
        return "met"
    apart = claim.value / claim.target - 1 if claim.most else 1 - claim.value / claim.target
    return f"missed by {apart:.0%}"


def missed(runs: Sequence[Run]) -> list[str]:
    """Why; nothing where all is met."""
    lost = [each for run in runs if not run.status for each in run.claims if each.met is False]
    lines = [f"- {each.name.replace('_', ' ')}: {why(each.name)}" for each in lost]
    return ["### What is missed", "\n".join(lines)] if lines else []


def section(run: Run) -> str:
    """A script's own tables, and what else it says."""
    tables, words = split(run.output)
    others = "unknown" if run.foreign is None else f"{run.foreign:.2f} cores"
    options = " ".join(["", *run.script.options])
    parts = [
        f"## {run.script.title}",
        f"`python -m benchmarks.{run.script.name}{options}`, {run.seconds:.0f} s; others used "
        f"{others} meanwhile.",
        *tables,
    ]
    if words:
        parts.append("```text\n" + "\n".join(words) + "\n```")
    return "\n\n".join(parts)


def split(output: str) -> tuple[list[str], list[str]]:
    """The tables of an output, and its other lines but for progress and claims."""
    tables: list[list[str]] = []
    words = []
    before = ""
    for line in output.splitlines():
        if line.startswith("|"):
            if not before.startswith("|"):
                tables.append([])
            tables[-1].append(line)
        elif line.strip() and not PROGRESS.match(line) and parse(line) is None:
            words.append(line)
        before = line
    return ["\n".join(each) for each in tables], words
