"""`python -m benchmarks.growth`: how the cost of an embedding grows.

All-MiniLM-L6-v2 over HTTP, by the number of clients, by the length of a text, and by the number of
texts in one call. The number of models is the subject of `benchmarks.herd`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import noise
from benchmarks.claims import Claim
from benchmarks.embeddings import TEXT, ours, sentences
from benchmarks.load import Load, asked
from benchmarks.start import QUIET, machine, versions
from docs.generate import table

CLIENTS = (1, 2, 4, 8, 16, 32, 64)
LENGTHS = (8, 16, 32, 64, 128, 256, 512)  # words; the model reads 256 tokens of them
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128)  # of one call


def of_words(count: int) -> str:
    words = TEXT.split()
    return " ".join(words[at % len(words)] for at in range(count))


def bodies(each: Sequence[object]) -> list[bytes]:
    return [json.dumps({"inputs": inputs}).encode() for inputs in each]


def row(size: int, found: Load, texts: int, foreign: float | None) -> list[str]:
    """Raises RuntimeError where a call fails."""
    if found.wrong:
        raise RuntimeError(f"{len(found.wrong)} calls failed, the first with {found.wrong[0]}.")
    mark = " (disturbed)" if (foreign or 0.0) > QUIET else ""
    return [
        str(size),
        f"{found.rate * texts:.1f}{mark}",
        f"{found.quantile(0.5) * 1000:.1f} ms",
        f"{found.quantile(0.99) * 1000:.1f} ms",
    ]


class Grown:
    """One server, asked in many ways; `rates` are texts a second by what grew and its size."""

    def __init__(self, url: str, seconds: float) -> None:
        self.url, self.seconds = url, seconds
        self.rates: dict[tuple[str, int], float] = {}

    def by(
        self,
        what: str,
        sizes: Sequence[int],
        ask: Callable[[int], tuple[list[bytes], int, int]],
    ) -> str:
        """A table; `ask` gives for a size the bodies, the clients, and the texts of a call."""
        rows = []
        for size in sizes:
            sent, clients, texts = ask(size)
            asked(self.url, sent, clients, min(1.0, self.seconds))  # not counted
            before = noise.read_family()
            found = asked(self.url, sent, clients, self.seconds)
            rows.append(row(size, found, texts, noise.foreign(before, noise.read_family())))
            self.rates[what, size] = found.rate * texts
            print(f"  {what} {size}: {self.rates[what, size]:.1f} texts/s", flush=True)
        return table((what, "Texts/s", "p50 of a call", "p99"), rows)

    def ratio(self, what: str, one: int, other: int) -> float:
        return self.rates[what, one] / self.rates[what, other]


def measure(home: Path, seconds: float, quick: bool) -> tuple[list[str], list[Claim]]:
    """Tables, and what they say."""

    def some(sizes: Sequence[int]) -> Sequence[int]:
        return sizes[::3] if quick else sizes

    with ours(home) as url:
        grown = Grown(url, seconds)
        tables = [
            grown.by("Clients", some(CLIENTS), lambda n: (bodies(sentences()), n, 1)),
            grown.by("Words of a text", some(LENGTHS), lambda n: (bodies([of_words(n)]), 1, 1)),
            grown.by("Texts of a call", some(TEXTS), lambda n: (bodies([sentences(n)] * 2), 1, n)),
        ]
    ends = {"Clients": some(CLIENTS), "Texts of a call": some(TEXTS)}
    claims = [
        Claim(f"growth_{what.split()[0].lower()}_{sizes[-1]}_vs_1", grown.ratio(what, sizes[-1], 1))
        for what, sizes in ends.items()
    ]
    return tables, claims


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each load (default: 5)")
    parser.add_argument("--quick", action="store_true", help="every third size, 1.5 seconds")
    given = parser.parse_args(argv)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        tables, claims = measure(Path(home), 1.5 if given.quick else given.seconds, given.quick)
    print("\n" + "\n\n".join(tables) + "\n")
    print("\n".join(map(str, claims)))


if __name__ == "__main__":
    main(sys.argv[1:])
