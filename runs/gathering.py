"""What is kept of a run's results, read one after the other: counts and arrays of numbers."""

from array import array
from collections import Counter
from collections.abc import Sequence

from runs import wording
from runs.judging import EXACT, as_number
from runs.ledger import Result

RANKED = ("labels", "fills", "ranks", "scores")
MOST_CLASSES = 200  # more are no classes, but values


class Gathered:
    """Of an output kind; about 50 bytes a row."""

    def __init__(self, kind: str) -> None:
        self.kind, self.done, self.failed = kind, 0, 0
        self.codes: dict[str, int] = {}
        self.truth, self.said = array("i"), array("i")
        self.sure, self.right = array("d"), array("b")
        self.scores, self.seconds, self.values = array("d"), array("d"), array("d")
        self.pairs = array("d"), array("d")
        self.first: list[array[float]] = []
        self.reciprocal, self.hits = array("d"), Counter[int]()
        self.words = wording.Words()

    def take(self, result: Result) -> None:
        self.done += 1
        if result.error is not None:
            self.failed += 1
            return
        self.seconds.append(result.seconds or 0.0)
        if result.score is not None:
            self.scores.append(result.score)
        if (value := as_number(result.predicted)) is not None:
            self.values.append(value)
        elif result.predicted is not None and self.kind in EXACT:
            self.values.append(float(len(result.predicted)))
        if result.label is not None and result.predicted is not None:
            self.judge(result, result.label, result.predicted)

    def judge(self, result: Result, label: str, said: str) -> None:
        self.truth.append(self.code(label))
        self.said.append(self.code(said))
        self.right.append(int(result.right or 0))
        self.sure.append(result.score if result.score is not None else -1.0)
        here, there = as_number(label), as_number(said)
        if here is not None and there is not None:
            self.pairs[0].append(here)
            self.pairs[1].append(there)
        if self.kind in EXACT:
            self.words.take(label, said)
        if self.kind in RANKED and result.ranked:
            self.rank(label, [name for name, _ in result.candidates])

    def rank(self, label: str, names: Sequence[str]) -> None:
        """The place of the right one, from 1; none counts as 0."""
        folded = [name.casefold() for name in names]
        place = folded.index(label.casefold()) + 1 if label.casefold() in folded else 0
        self.reciprocal.append(1 / place if place else 0.0)
        self.hits.update(top for top in (1, 3, 5) if 0 < place <= top)

    def code(self, name: str) -> int:
        """The number of a class. Names beyond many share one: they are no classes."""
        if name not in self.codes and len(self.codes) > 2 * MOST_CLASSES:
            return self.codes.setdefault("…", len(self.codes))
        return self.codes.setdefault(name, len(self.codes))

    @property
    def judged(self) -> int:
        return len(self.right)
