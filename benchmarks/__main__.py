"""`python -m benchmarks`: runs all benchmarks and writes BENCHMARKS.md.

Each is a process of its own, one after the other. With --quick nothing is written unless a file is
named: such figures only tell that all of it runs.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import noise
from benchmarks.book import Run, book
from benchmarks.process import ROOT
from benchmarks.scripts import SCRIPTS, Script
from benchmarks.start import machine, versions

BOOK = ROOT / "BENCHMARKS.md"
LATE = 124  # the status of a script that took too long, as timeout(1) has it


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each in about a minute")
    names = [each.name for each in SCRIPTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="some of them")
    parser.add_argument(
        "--in-full", nargs="+", choices=names, default=[], help="these without --quick"
    )
    parser.add_argument("--out", type=Path, help=f"what to write (default: {BOOK.name})")
    given = parser.parse_args(argv)
    if given.out is None and not given.quick and given.only == names:
        given.out = BOOK
    return given


def run(script: Script, quick: bool) -> Run:
    """Its output is shown as it comes; what it says of errors goes where ours goes."""
    options = [*script.options, *(["--quick"] if quick else [])]
    command = [sys.executable, "-u", "-m", f"benchmarks.{script.name}", *options]
    print(f"\n== {script.name}: {script.title}", flush=True)
    before, start, lines = noise.read(), time.monotonic(), list[str]()
    until = start + script.minutes * 60
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
            if time.monotonic() > until:
                process.terminate()
    status = LATE if time.monotonic() > until else process.returncode
    seconds = time.monotonic() - start
    return Run(script, "".join(lines), status, seconds, noise.foreign(before, noise.read()))


def circumstances(quick: bool) -> str:
    today = datetime.now(UTC).date().isoformat()
    short = " A quick run, whose figures are rough." if quick else ""
    return f"{today}; {machine()}; {versions()}.{short}"


def main(argv: Sequence[str]) -> int:
    """The number of scripts that failed."""
    given = arguments(argv)
    chosen = [each for each in SCRIPTS if each.name in given.only]
    runs = [run(each, given.quick and each.name not in given.in_full) for each in chosen]
    if given.out:
        given.out.write_text(book(runs, circumstances(given.quick)), encoding="utf-8")
    claims = [claim for each in runs for claim in each.claims]
    print("\n" + "\n".join(map(str, claims)))
    return sum(each.status != 0 for each in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
