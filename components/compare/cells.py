"""One answer among several: what is asked of whom, and what has come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median_low
from string import ascii_uppercase
from typing import Any

from api.texts import Texts
from components import lines
from components.compare import diff
from components.compare.heads import Head
from pipelines.model import Model


@dataclass
class Cell:
    """`title` tells it from the others, and `params` are validated. `line` is HTML about what goes
    on, or the error; `seconds` stay None without an answer; `drawn` is for the view."""

    letter: str
    title: str
    model: Model
    params: Any
    line: str = ""
    over: bool = False
    failed: bool = False
    seconds: float | None = None
    memory: int = 0
    head: Head | None = None
    words: str | None = None
    value: Any = None
    drawn: Any = None

    @property
    def name(self) -> str:
        return f"{self.letter} · {self.title}"

    @property
    def asked(self) -> str:
        """Whose times belong together: what the input was makes no difference."""
        return f"{self.model.id} · {self.title}"

    def fail(self, reason: str) -> None:
        self.failed, self.line = True, lines.error(reason)

    def told(self, hidden: bool, say: Texts) -> str:
        """Its line; a size or an error could give away whose it is."""
        if not hidden or not self.line:
            return self.line
        if self.failed:
            return lines.error(say("compare.failed"))
        return self.line if self.over else lines.running(0)


def letters(count: int) -> Sequence[str]:
    return ascii_uppercase[:count]


def heading(cell: Cell, hidden: bool, differs: bool, say: Texts) -> str:
    """What stands above an answer: whose it is, whether most say something else, and its line."""
    title = say("compare.hidden") if hidden else cell.title
    badge = f'<span class="apart">{escape(say("compare.apart"))}</span>' if differs else ""
    return (
        f'<header class="cell-head"><h3><b>{cell.letter}</b> <span>{escape(title)}</span></h3>'
        f"{badge}</header>{cell.told(hidden, say)}"
    )


def written(cell: Cell, reference: str | None) -> str:
    """An answer in words, marked where it differs from `reference`."""
    words = cell.words or ""
    made = escape(words) if reference in (None, words) else diff.marked(reference or "", words)
    return f'<p class="written" tabindex="0">{made or "–"}</p>'


class Times:
    """Seconds of compute of the last runs on this page, by what was run."""

    MOST = 9

    def __init__(self, seen: Mapping[str, list[float]]) -> None:
        self.seen = dict(seen)

    def add(self, title: str, seconds: float) -> None:
        self.seen[title] = [*self.seen.get(title, []), seconds][-self.MOST :]

    def median(self, title: str) -> float:
        """The lower one of an even number: what a machine was busy with makes times longer."""
        return median_low(self.seen[title])
