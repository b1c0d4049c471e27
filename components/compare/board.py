"""The answers beside each other: the components, and what a run shows in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain
from typing import Any

import gradio as gr

from api.texts import Texts
from components import files
from components.compare import agreement, cells, plots
from components.compare.cells import Cell, Times
from components.compare.comparison import Comparison
from components.compare.heads import WRITTEN, Head
from components.views.view import RESULT, View
from pipelines.kinds.outputs import OutputKind

Component = gr.components.Component


@dataclass
class Shown:
    """A comparison as a browser sees it; kept by the server until the next run.

    `across` is how many cells stand in a row, `secret` that nobody is told whose an answer is.
    """

    comparison: Comparison
    across: int
    secret: bool
    times: Times
    ended: bool = False

    @property
    def cells(self) -> list[Cell]:
        return self.comparison.cells

    @property
    def answered(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.head]

    @property
    def heads(self) -> dict[str, Head]:
        return {cell.letter: cell.head for cell in self.cells if cell.head}

    @property
    def votable(self) -> bool:
        """Whether an answer can be chosen now."""
        return self.ended and self.secret

    def end(self) -> None:
        """No more answers come; if there are not two, there is nothing to vote on."""
        self.ended = True
        self.secret = self.secret and len(self.answered) > 1

    def forget(self) -> None:
        """What a vote does not need: answers may be large, and this is kept."""
        for cell in self.cells:
            cell.value = cell.drawn = None


@dataclass(frozen=True)
class Seat:
    """The components of one cell."""

    column: gr.Column
    head: gr.HTML
    result: Component

    @property
    def all(self) -> list[Any]:
        return [self.column, self.head, self.result]


@dataclass(frozen=True)
class Board:
    """Seats for so many cells of one kind of output, those that are not needed hidden."""

    view: View
    kind: OutputKind
    seats: list[Seat] = field(default_factory=list)

    def draw(self, count: int) -> gr.Row:
        """Builds it in the Blocks now open."""
        row: gr.Row = gr.Row(elem_id="cells", equal_height=False)
        with row:
            for letter in cells.letters(count):
                with gr.Column(visible=False, min_width=0, elem_classes="cell") as column:
                    head = gr.HTML("", padding=False)
                    self.seats.append(Seat(column, head, self.result(letter)))
        return row

    def result(self, letter: str) -> Component:
        if self.kind.name in WRITTEN:
            return gr.HTML("", elem_id=f"result-{letter}", html_template=RESULT, padding=False)
        box = files.without_addresses(self.view.make())
        box.elem_id, box.value = f"result-{letter}", self.blank(box)
        return box

    @staticmethod
    def blank(box: Component) -> Any:
        return "" if isinstance(box, gr.HTML) else None

    # Updates, in the order of the seats' components --------------------------------------------

    def begin(self, shown: Shown, say: Texts) -> list[Any]:
        """Empty cells, as many as are asked for."""
        return self.updates(
            shown,
            lambda cell, seat: [
                gr.update(visible=True),
                self.heading(shown, cell, say),
                self.blank(seat.result),
            ],
            [gr.update(visible=False), "", gr.skip()],
        )

    def step(self, shown: Shown, new: Cell, say: Texts) -> list[Any]:
        """What a cell's news change: its own head and result; with an answer also the heads and the
        words of the others, which may now differ from most."""

        def changed(cell: Cell, seat: Seat) -> list[Any]:
            if cell is not new and not new.head:
                return [gr.skip()] * 3
            result = self.content(shown, cell) if cell is new or cell.words else gr.skip()
            return [gr.skip(), self.heading(shown, cell, say), result]

        return self.updates(shown, changed)

    def all(self, shown: Shown, say: Texts) -> list[Any]:
        return self.updates(
            shown,
            lambda cell, seat: [
                gr.update(visible=True),
                self.heading(shown, cell, say),
                self.content(shown, cell),
            ],
        )

    def heads(self, shown: Shown, say: Texts) -> list[Any]:
        return self.updates(
            shown, lambda cell, seat: [gr.skip(), self.heading(shown, cell, say), gr.skip()]
        )

    def updates(
        self,
        shown: Shown,
        used: Callable[[Cell, Seat], list[Any]],
        unused: Sequence[Any] = (gr.skip(),) * 3,
    ) -> list[Any]:
        rest = len(self.seats) - len(shown.cells)
        pairs = zip(shown.cells, self.seats, strict=False)
        return [*chain.from_iterable(used(*pair) for pair in pairs), *[*unused] * rest]

    def content(self, shown: Shown, cell: Cell) -> Any:
        if cell.words is not None:
            return cells.written(cell, self.reference(shown))
        return gr.skip() if cell.drawn is None else cell.drawn

    def reference(self, shown: Shown) -> str | None:
        """The words that others are held against: what most say, else the first answer."""
        groups = agreement.groups(shown.heads)
        first = groups[0][0] if groups else None
        return next((cell.words for cell in shown.cells if cell.letter == first), None)

    def heading(self, shown: Shown, cell: Cell, say: Texts) -> str:
        heads = shown.heads
        differs = len(heads) > 1 and cell.letter in agreement.apart(heads)
        return cells.heading(cell, shown.secret, differs, say)


def summary(shown: Shown, kind: OutputKind, say: Texts) -> str:
    """Agreement; then time and memory, which could give away whose an answer is."""
    said = agreement.sentence(shown.heads, say)
    far = agreement.distances(kind.name, shown.comparison.far, say)
    verdict = f'<p class="verdict" role="status">{escape(said)}</p>{far}' if said else ""
    if shown.secret:
        return verdict
    return verdict + plots.plots(*measured(shown), say)


def measured(shown: Shown) -> tuple[dict[str, float], dict[str, float], int]:
    """Seconds and bytes by the names in the plots, and of how many runs the seconds are."""
    done = [cell for cell in shown.answered if cell.asked in shown.times.seen]
    times = {cell.name: shown.times.median(cell.asked) for cell in done}
    runs = max((len(shown.times.seen[cell.asked]) for cell in done), default=0)
    holders = {cell.model.id: cell for cell in done if cell.memory}
    whose = {id: ", ".join(cell.letter for cell in done if cell.model.id == id) for id in holders}
    memory = {f"{whose[id]} · {id}": float(cell.memory) for id, cell in holders.items()}
    return times, memory, runs
