"""How good a run was, where its rows have labels, and how its scores and times are spread."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, Field

from runs.gathering import MOST_CLASSES, Gathered
from runs.judging import EXACT, as_number
from runs.ledger import Result

CLASSED = ("labels", "table", "decisions", "segments", "boxes")
SHOWN_CLASSES = 20
BINS, TENTHS = 20, 10
MOST_POINTS = 400  # of a plot
FEW = 20  # distinct numbers that are classes still


class Bars(BaseModel):
    """A histogram between `low` and `high`."""

    low: float
    high: float
    counts: list[int]


class Class(BaseModel):
    name: str
    precision: float
    recall: float
    f1: float
    rows: int


class Metrics(BaseModel):
    """`figures` by name; `confusion[i][j]` counts rows of class i that were called j; `roc` are
    points (false and true positive rate); `calibration` are (mean score, share right, rows);
    `points` are (label, predicted); `strangers` are labels that the model never says."""

    done: int = 0
    figures: dict[str, float] = Field(default_factory=dict)
    names: list[str] = Field(default_factory=list)
    confusion: list[list[int]] = Field(default_factory=list)
    classes: list[Class] = Field(default_factory=list)
    positive: str = ""
    roc: list[tuple[float, float]] = Field(default_factory=list)
    calibration: list[tuple[float, float, int]] = Field(default_factory=list)
    points: list[tuple[float, float]] = Field(default_factory=list)
    scores: Bars | None = None
    values: Bars | None = None
    seconds: Bars | None = None
    strangers: list[str] = Field(default_factory=list)


def measure(kind: str, results: Iterable[Result]) -> Metrics:
    """All that can be said of the results of an output kind."""
    found = Gathered(kind)
    for result in results:
        found.take(result)
    made = Metrics(done=found.done, seconds=bars(found.seconds))
    made.figures |= spread(found.seconds)
    made.scores = bars(found.scores)
    if not found.scores:
        made.values = bars(found.values)
    if found.judged:
        judge(made, found)
    return made


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """The time that half of the rows take at most, and 95 of 100, in seconds."""
    import numpy as np

    if not seconds:
        return {}
    half, most = np.percentile(np.frombuffer(array("d", seconds)), [50, 95])
    return {"p50": float(half), "p95": float(most)}


def judge(made: Metrics, found: Gathered) -> None:
    if found.kind in EXACT:
        made.figures |= {"exact": share(found.right)} | found.words.figures()
    elif are_numbers(found):
        regression(made, found)
    elif found.kind in CLASSED and len(found.codes) <= MOST_CLASSES:
        classification(made, found)
    else:
        made.figures["accuracy"] = share(found.right)
    if found.reciprocal and (found.kind not in CLASSED or len(found.codes) > 2):
        ranking(made, found)


def are_numbers(found: Gathered) -> bool:
    """Whether labels and predictions are amounts, rather than numbers of classes."""
    if found.kind not in ("table", "scores", "decisions") or len(found.pairs[0]) != found.judged:
        return False
    if found.reciprocal:
        return False
    return any(not x.is_integer() for pair in found.pairs for x in pair) or len(found.codes) > FEW


def share(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def classification(made: Metrics, found: Gathered) -> None:
    """Source of the formulas: scikit-learn; a class that is never said has precision 0."""
    import numpy as np
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    names = list(found.codes)
    truth, said = np.frombuffer(found.truth, np.int32), np.frombuffer(found.said, np.int32)
    folded = fold(names)
    truth, said = folded[truth], folded[said]
    kept = sorted(set(truth.tolist()) | set(said.tolist()), key=lambda at: names[at])
    matrix = confusion_matrix(truth, said, labels=kept)
    each = precision_recall_fscore_support(truth, said, labels=kept, zero_division=0)
    made.figures["accuracy"] = float((truth == said).mean())
    present = each[3] > 0
    made.figures["f1_macro"] = float(each[2][present].mean())
    made.figures["f1_weighted"] = float(np.average(each[2], weights=each[3]))
    rows = zip(kept, *each, strict=True)
    made.classes = [
        Class(name=names[at], precision=p, recall=r, f1=f, rows=int(n)) for at, p, r, f, n in rows
    ][:MOST_CLASSES]
    shown = kept[:SHOWN_CLASSES]
    made.names = [names[at] for at in shown]
    made.confusion = matrix[: len(shown), : len(shown)].tolist()
    known = set(said.tolist())
    made.strangers = [names[at] for at in sorted(set(truth.tolist()) - known)][:SHOWN_CLASSES]
    calibration(made, found)


def fold(names: Sequence[str]) -> Any:
    """Codes of names that differ only in capitals, or as 1 and 1.0 do, as one."""
    import numpy as np

    first: dict[str, int] = {}
    keys = (str(as_number(name) if as_number(name) is not None else name.casefold())
            for name in names)  # fmt: skip
    return np.array([first.setdefault(key, at) for at, key in enumerate(keys)], np.int32)


def calibration(made: Metrics, found: Gathered) -> None:
    """How often the model is right where it is so and so sure, in tenths; their mean distance is
    the expected calibration error. Source: Guo et al., On Calibration of Modern Neural Networks,
    2017, equation 3."""
    sums = [[0.0, 0.0, 0.0] for _ in range(TENTHS)]
    for sure, right in zip(found.sure, found.right, strict=True):
        if 0 <= sure <= 1:
            bin = sums[min(int(sure * TENTHS), TENTHS - 1)]
            bin[0] += sure
            bin[1] += right
            bin[2] += 1
    made.calibration = [(s / n, r / n, int(n)) for s, r, n in sums if n]
    if whole := sum(n for _, _, n in made.calibration):
        gaps = (abs(sure - right) * n for sure, right, n in made.calibration)
        made.figures["ece"] = sum(gaps) / whole


def roc(made: Metrics, kind: str, results: Iterable[Result]) -> None:
    """For two classes: how well the score of one of them tells both apart. A second reading, since
    which classes there are is known only after the first one."""
    if kind not in CLASSED or len(made.classes) != 2 or min(c.rows for c in made.classes) == 0:
        return
    from sklearn.metrics import roc_auc_score, roc_curve

    made.positive = max(made.names, key=positive_first)
    truth, scores = array("b"), array("d")
    for result in results:
        score = dict(result.candidates).get(made.positive) if result.ranked else None
        if score is not None and result.label is not None:
            truth.append(int(result.label.casefold() == made.positive.casefold()))
            scores.append(score)
    if len(set(truth)) == 2:
        made.figures["auc"] = float(roc_auc_score(truth, scores))
        ways, hits, _ = roc_curve(truth, scores)
        made.roc = thinned([(float(x), float(y)) for x, y in zip(ways, hits, strict=True)])


def positive_first(name: str) -> tuple[bool, str]:
    """The class that a curve is drawn for: the one called so, else the last by name."""
    return name.casefold() in ("1", "true", "yes", "positive", "pos"), name


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, len(points) // MOST_POINTS)
    return [*points[:-1:step], *points[-1:]]


def regression(made: Metrics, found: Gathered) -> None:
    import numpy as np
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    truth, said = (np.frombuffer(each) for each in found.pairs)
    made.figures["mae"] = float(mean_absolute_error(truth, said))
    made.figures["rmse"] = float(root_mean_squared_error(truth, said))
    if len(truth) > 1 and truth.std() and said.std():
        made.figures["r2"] = float(r2_score(truth, said))
        made.figures["pearson"] = float(np.corrcoef(truth, said)[0, 1])
    pairs = [(float(x), float(y)) for x, y in zip(truth, said, strict=True)]
    made.points = pairs[:: max(1, len(pairs) // MOST_POINTS)]


def ranking(made: Metrics, found: Gathered) -> None:
    """Mean reciprocal rank, and how often the right one is among the first."""
    made.figures["mrr"] = share(found.reciprocal)
    for top in (1, 3, 5):
        made.figures[f"hits_{top}"] = found.hits[top] / len(found.reciprocal)


def bars(values: Sequence[float]) -> Bars | None:
    import numpy as np

    if not values:
        return None
    low, high = min(values), max(values)
    if low == high:
        return Bars(low=low, high=high, counts=[len(values)])
    counts, _ = np.histogram(np.frombuffer(array("d", values)), bins=BINS, range=(low, high))
    return Bars(low=low, high=high, counts=counts.tolist())
