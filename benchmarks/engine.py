"""`python -m benchmarks.engine`: what it brings and costs that each model has its own process.

First answer of a model, cost of a call, memory that comes back, memory that a worker takes; each
beside the same model in one process, as other servers do it. Everything runs on the CPU.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import held
from benchmarks.alternate import Samples, alternating
from benchmarks.cold import INLINE, SCRIPT, SECONDS, WORKERS, Cold
from benchmarks.duo import duo
from benchmarks.hop import EMPTY, FULL, MORE, PICTURE, QUESTIONS, ROW, TEXT, WORKER, Hop
from benchmarks.hop import INLINE as HERE
from benchmarks.page import publish
from benchmarks.room import (
    RETURNED,
    TAKEN,
    WHERE,
    Held,
    measure_held,
    measure_workers,
    weights,
)
from benchmarks.start import QUIET, Sample, machine, middle, versions
from docs.generate import table

BARE = "nothing, there and back"
MEASURES = {held.AVAILABLE: "the machine", held.FAMILY: "the processes"}


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument("--tries", type=int, default=4, help="for one sample, at most (default: 4)")
    parser.add_argument("--pairs", type=int, default=100, help="of calls a round (default: 100)")
    parser.add_argument("--quick", action="store_true", help="one round, one try, 20 pairs")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/engine.md")
    given = parser.parse_args(argv)
    if given.quick:
        given.rounds, given.tries, given.pairs = 1, 1, 20
    if min(given.rounds, given.tries, given.pairs) < 1:
        parser.error("--rounds, --tries and --pairs must be at least 1")
    return given


# Measuring ------------------------------------------------------------------------------------


def measure_cold(rounds: int, tries: int, home: Path) -> tuple[Samples, float]:
    """Seconds to the first answer, and the least cosine of any two answers."""
    with duo() as both:
        cold = Cold(both, home)
        subjects = {name: partial(cold.measure, name) for name in cold.ways}
        return alternating(subjects, rounds, tries, "s"), cold.alike


def measure_hop(rounds: int, tries: int, pairs: int, home: Path) -> Samples:
    """Milliseconds of a call. One thread each, so that none spins while the other computes."""
    with duo(threads=1) as both:
        hop = Hop(both, home)
        subjects = {name: partial(hop.measure, name, pairs) for name in QUESTIONS}
        bare = {BARE: partial(hop.measure_bare, pairs)}
        found = alternating(subjects | bare, rounds, tries, "ms")
        both.run(hop.close())
        return found


# Reporting ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Samples in s, ms and MB; `workers` is MB private to one worker, by their number; `weights`
    is MB of the model's file; `alike` the least cosine of the answers behind `cold`.
    """

    cold: Samples
    alike: float
    hop: Samples
    held: Held
    workers: Mapping[int, float]
    weights: float

    @property
    def samples(self) -> list[Sample]:
        return [s for part in (self.cold, self.hop, self.held) for each in part.values()
                for s in each]  # fmt: skip


def claims(found: Found) -> list[str]:
    """One line per claim. Ratios are ours by theirs; shares are of what a model took."""
    return [*cold_claims(found), *hop_claims(found), *memory_claims(found), *worker_claims(found)]


def cold_claims(found: Found) -> list[str]:
    ours = value(found.cold[WORKERS], SECONDS)
    peers = {"sentence_transformers_script": SCRIPT, "in_process": INLINE}
    lines = [f"cold_first_answer_vs_{name} ratio {ours / value(found.cold[peer], SECONDS):.2f}"
             for name, peer in peers.items()]  # fmt: skip
    return [*lines, f"answers_alike cosine {found.alike:.4f}"]


def hop_claims(found: Found) -> list[str]:
    names = {"hop_row": ROW, "hop_text": TEXT, "hop_picture_1mb": PICTURE}
    bare = {"hop_bare_empty": EMPTY, "hop_bare_1mb": FULL}
    lines = [f"{name} {value(found.hop[each], MORE):.2f} ms" for name, each in names.items()]
    return lines + [f"{name} {value(found.hop[BARE], each):.2f} ms" for name, each in bare.items()]


def memory_claims(found: Found) -> list[str]:
    return [
        f"returned_{slug(what)}_{WHERE[where]}_{measure} share {part:.2f}"
        for (what, where), samples in found.held.items()
        for measure in MEASURES
        if (part := share(samples, measure)) is not None
    ]


def worker_claims(found: Found) -> list[str]:
    return [f"private_of_each_of_{count}_workers_vs_weights ratio {size / found.weights:.2f}"
            for count, size in found.workers.items()]  # fmt: skip


def share(samples: Sequence[Sample], measure: str) -> float | None:
    """Of what was taken, the part that came back; None where nothing was seen to be taken."""
    taken, back = (value(samples, f"{measure} {way}") for way in (TAKEN, RETURNED))
    return back / taken if taken > 0 else None


def value(samples: Sequence[Sample], metric: str) -> float:
    found = middle(samples, metric)
    assert found is not None, f"{metric} was not measured"
    return found


def slug(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def body(found: Found, today: str) -> str:
    """The part of docs/engine.md that stands between its marks."""
    parts = (cold_table(found), hop_table(found), memory_table(found), worker_table(found))
    return "\n\n".join((*parts, circumstances(found, today)))


def cold_table(found: Found) -> str:
    rows = [[name, f"{value(samples, SECONDS):.2f} s{mark(samples)}"]
            for name, samples in found.cold.items()]  # fmt: skip
    return table(("MiniLM, from nothing loaded", "First answer"), rows)


def hop_table(found: Found) -> str:
    rows = [[name, *(milliseconds(found.hop[name], each) for each in (HERE, WORKER, MORE))]
            for name in QUESTIONS]  # fmt: skip
    bare = [[f"{BARE}, {each}", "–", milliseconds(found.hop[BARE], each), "–"]
            for each in (EMPTY, FULL)]  # fmt: skip
    return table(("One call", "In this process", "Through a worker", "Difference"), rows + bare)


def milliseconds(samples: Sequence[Sample], metric: str) -> str:
    return f"{value(samples, metric):.2f} ms{mark(samples)}"


def memory_table(found: Found) -> str:
    head = ("Loaded, asked once, unloaded", "Where", "Measured on", "Taken", "Returned", "Share")
    rows = [
        [what, where, words, *memory_cells(samples, measure)]
        for (what, where), samples in found.held.items()
        for measure, words in MEASURES.items()
    ]
    return table(head, rows)


def memory_cells(samples: Sequence[Sample], measure: str) -> list[str]:
    part = share(samples, measure)
    sizes = [f"{value(samples, f'{measure} {way}'):.0f} MB" for way in (TAKEN, RETURNED)]
    return [*sizes, "–" if part is None else f"{part:.0%}{mark(samples)}"]


def worker_table(found: Found) -> str:
    rows = [[str(count), f"{size:.0f} MB", f"{size / found.weights:.2f}"]
            for count, size in found.workers.items()]  # fmt: skip
    head = ("Workers of MiniLM", "Private to each", f"Of its weights, {found.weights:.0f} MB")
    return table(head, rows)


def mark(samples: Sequence[Sample]) -> str:
    return " (disturbed)" if all(sample.disturbed for sample in samples) else ""


def circumstances(found: Found, today: str) -> str:
    """What a reader must know to judge the tables."""
    rounds = len(next(iter(found.cold.values())))
    disturbed = sum(sample.disturbed for sample in found.samples)
    return (
        f"Medians of {today}, rounds: {rounds}; {machine()}; {versions()}. Everything ran on the "
        "CPU; the calls of the second table computed on one core. Memory of the machine is what "
        "its kernel counts as written to by all programs; that of the processes counts "
        f"a page that several share in parts (PSS). {disturbed} of {len(found.samples)} "
        f"measurements stayed disturbed (others used more than {QUIET} cores); where there are "
        "calm ones, only these count."
    )


def measure(given: argparse.Namespace, home: Path) -> Found:
    cold, alike = measure_cold(given.rounds, given.tries, home)
    return Found(
        cold=cold,
        alike=alike,
        hop=measure_hop(given.rounds, given.tries, given.pairs, home),
        held=measure_held(given.rounds, given.tries),
        workers=measure_workers(home),
        weights=weights(home),
    )


def main(argv: Sequence[str]) -> None:
    given = arguments(argv)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        found = measure(given, Path(home))
    text = body(found, datetime.now(UTC).date().isoformat())
    publish("engine", text, claims(found), given.write)


if __name__ == "__main__":
    main(sys.argv[1:])
