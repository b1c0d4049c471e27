"""Metrics as HTML, on the page and in a report: figures, plots and tables.

`say(key, **fields)` gives the words of the reader's language, fields escaped.
"""

from collections.abc import Callable, Iterator
from html import escape

from runs import plots
from runs.ledger import Result
from runs.metrics import Metrics

Say = Callable[..., str]
SECONDS = ("p50", "p95")
AMOUNTS = ("mae", "rmse")


def metrics(found: Metrics, say: Say) -> str:
    return figures(found, say) + strangers(found, say) + drawn(found, say) + tables(found, say)


def figures(found: Metrics, say: Say) -> str:
    """The most important ones first, as they stand in the result."""
    last = [name for name in SECONDS if name in found.figures]
    names = [*(name for name in found.figures if name not in SECONDS), *last]
    cards = "".join(
        f'<div class="figure-card"><dt title="{say(f"dataset.about_{name}")}">'
        f"{say(f'dataset.figure_{name}')}</dt><dd>{value(name, found.figures[name])}</dd></div>"
        for name in names
    )
    return f'<dl class="figures">{cards}</dl>' if cards else ""


def value(name: str, number: float) -> str:
    if name in SECONDS:
        return f"{number * 1000:,.1f} ms" if number < 1 else f"{number:,.2f} s"
    if name in ("accuracy", "exact", "hits_1", "hits_3", "hits_5", "wer", "cer"):
        return f"{number:.1%}"
    return plots.figure(number) if name in AMOUNTS else f"{number:.3f}"


def strangers(found: Metrics, say: Say) -> str:
    if not found.strangers:
        return ""
    said = [each.name for each in found.classes if each.name not in found.strangers]
    words = say("dataset.strangers", labels=", ".join(found.strangers), names=", ".join(said[:20]))
    return f'<p class="notice" role="note">{words}</p>'


def drawn(found: Metrics, say: Say) -> str:
    made = "".join(f"<figure>{svg}<figcaption>{words}</figcaption></figure>"
                   for words, svg in each_plot(found, say))  # fmt: skip
    return f'<div class="plots">{made}</div>' if made else ""


def each_plot(found: Metrics, say: Say) -> Iterator[tuple[str, str]]:
    if found.roc:
        words = say("dataset.plot_roc", name=found.positive)
        yield words, plots.square(words, found.roc, dots=False)
    if found.calibration:
        words = say("dataset.plot_calibration")
        points = [(sure, right) for sure, right, _ in found.calibration]
        yield words, plots.square(words, points, dots=True)
    if found.points:
        words = say("dataset.plot_points")
        yield words, plots.scatter(words, found.points)
    if found.scores:
        words = say("dataset.plot_scores")
        yield words, plots.histogram(words, found.scores)
    if found.values:
        words = say("dataset.plot_values")
        yield words, plots.histogram(words, found.values)
    if found.seconds:
        words = say("dataset.plot_seconds")
        yield words, plots.histogram(words, found.seconds, " s")


def tables(found: Metrics, say: Say) -> str:
    return (confusion(found, say) if found.confusion else "") + (
        classes(found, say) if found.classes else ""
    )


def confusion(found: Metrics, say: Say) -> str:
    """Darker cells have more rows, by their share of the row's class."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in found.names)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(cell(n, sum(row)) for n in row)}</tr>'
        for name, row in zip(found.names, found.confusion, strict=True)
    )
    title = say("dataset.confusion")
    return (
        f'<h3>{title}</h3><div class="table confusion" tabindex="0" role="region" '
        f'aria-label="{title}"><table><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def cell(count: int, whole: int) -> str:
    share = count / whole if whole else 0
    return f'<td style="--share:{share * 70:.0f}%">{count:,}</td>'


def classes(found: Metrics, say: Say) -> str:
    names = ("class", "precision", "recall", "f1", "rows")
    head = "".join(f'<th scope="col">{say(f"dataset.column_{name}")}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{escape(each.name)}</th><td>{each.precision:.3f}</td>'
        f"<td>{each.recall:.3f}</td><td>{each.f1:.3f}</td><td>{each.rows:,}</td></tr>"
        for each in found.classes[:50]
    )
    title = say("dataset.classes")
    return (
        f'<h3>{title}</h3><div class="table" tabindex="0" role="region" aria-label="{title}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def results(rows: list[Result], say: Say) -> str:
    """Rows as a table; a failed one says why instead."""
    names = ("number", "input", "label", "predicted", "score")
    head = "".join(f'<th scope="col">{say(f"dataset.column_{name}")}</th>' for name in names)
    made = "".join(line(each, say) for each in rows)
    title = say("dataset.results")
    return (
        f'<div class="table rows" tabindex="0" role="region" aria-label="{title}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{made}</tbody></table></div>"
    )


def line(row: Result, say: Say) -> str:
    first = f'<td>{row.number + 1:,}</td><td class="words">{escape(row.shown)}</td>'
    label = f"<td>{escape(row.label or '')}</td>"
    if row.error is not None:
        why = f'<td colspan="2" class="words">{escape(row.error)}</td>'
        return f'<tr class="failed">{first}{label}{why}</tr>'
    score = "" if row.score is None else f"{row.score:.3f}"
    mark = {0: f' <b class="wrong">{say("dataset.wrong")}</b>', 1: "", None: ""}[row.right]
    said = escape(row.predicted if row.predicted is not None else (row.value or "")[:200])
    return f'<tr>{first}{label}<td class="words">{said}{mark}</td><td>{score}</td></tr>'
