"""What the buttons do: run all cells, stop them, vote, copy the link."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from components import callers, lines, links, texts
from components.compare import address, choosing, voting
from components.compare.board import Board, Shown, summary
from components.compare.cells import Times
from components.compare.choosing import Models, Values
from components.compare.comparison import Comparison
from components.compare.fields import Fields
from components.compare.voting import Voting
from pipelines import samples
from pipelines.allowance import Client
from pipelines.errors import TaglineError

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Component = gr.components.Component
Example = tuple[gr.Button, samples.Sample]


@dataclass(frozen=True)
class Parts:
    """What stands around the cells. `kept` is what is shown, for a vote and for Stop; `times` the
    seconds of former runs."""

    run: gr.Button
    stop: gr.Button
    link: gr.Button
    blind: gr.Checkbox
    problem: gr.HTML
    row: gr.Row
    summary: gr.HTML
    votes: Voting
    kept: gr.State
    times: gr.State


@dataclass(frozen=True)
class Running:
    """The handlers; their outputs are always all of `outputs`."""

    fields: Fields
    chooser: Models | Values
    client: Client
    board: Board
    parts: Parts

    @property
    def outputs(self) -> list[Any]:
        p = self.parts
        around = [p.run, p.stop, p.problem, p.row, p.summary, p.kept, p.times]
        seats = [part for seat in self.board.seats for part in seat.all]
        return [*around, *p.votes.all, *seats]

    def wire(self, boxes: list[Component], examples: Sequence[Example]) -> None:
        """`boxes` are those of the fields, then those of the chooser."""
        p = self.parts
        given = [*boxes, p.blind, p.times]
        going: dict[str, Any] = {"js": self.script(), "concurrency_limit": None, **QUIET}
        runs: list[Any] = [p.run.click(self.answer, given, self.outputs, **going)]
        filled = boxes[: len(self.fields.all)]
        for button, sample in examples:
            done = button.click(self.fill(sample), None, filled, queue=False, **QUIET)
            runs.append(done.then(self.answer, given, self.outputs, **going))
        # Two steps: what the run sent last must not come after the line that it was stopped.
        cancel = p.stop.click(None, cancels=runs, queue=False, **QUIET)
        cancel.then(self.stopped, p.kept, self.outputs, **QUIET)
        copy = self.script(links.COPY.replace("link.href", "window.location.href"))
        p.link.click(None, given[:-1], None, js=copy, queue=False, **QUIET)
        for choice, button in p.votes.buttons.items():
            outputs = [*self.outputs, p.votes.ballot]
            voted = button.click(partial(self.voted, choice), p.kept, outputs, **QUIET)
            voted.then(None, p.votes.ballot, None, js=voting.COUNT, **QUIET)

    def script(self, action: str = "") -> str:
        chosen = (*self.chooser.names, "blind")
        return address.script(self.fields.task.tag, self.fields.all, chosen, action)

    def fill(self, sample: samples.Sample) -> Any:
        """A handler that puts a sample into the boxes, parameters included."""
        values = list(self.fields.shown(sample).values())
        return lambda: values if len(values) > 1 else values[0]

    # Handlers -----------------------------------------------------------------------------------

    async def answer(self, *values: Any) -> AsyncGenerator[list[Any], None]:
        """The handler of Run."""
        *given, blind, times = values
        callers.follow(LocalContext.request.get())
        try:
            shown = self.read(given, blind, Times(times))
        except TaglineError as error:
            yield self.update(problem=lines.error(str(error)))
            return
        yield self.begun(shown)
        comparison = shown.comparison
        async with aclosing(comparison.run()) as news:
            async for cell, last in news:
                if last and cell.seconds is not None:
                    shown.times.add(cell.asked, cell.seconds)
                    await comparison.measure()
                yield self.going(shown, self.board.step(shown, cell, texts.here()))
        yield self.over(shown)

    def read(self, given: Sequence[Any], blind: bool, times: Times) -> Shown:
        count = len(self.fields.all)
        row, chosen = self.fields.read(given[:count])
        asked = self.chooser.read(given[count:])
        cells = choosing.cells(self.fields, asked, chosen, blind)
        made = Comparison(self.fields.inference, self.fields.task, row, cells, self.client)
        return Shown(made, self.chooser.across(given[count:]), blind, times=times)

    def stopped(self, shown: Shown | None) -> list[Any]:
        """What has come stays; the others say that they were stopped."""
        if shown is None:
            return self.update(run=gr.update(interactive=True), stop=gr.update(visible=False))
        for cell in shown.cells:
            if not cell.over:
                cell.line = lines.status(texts.here()("compare.stopped"), busy=False)
                cell.over = True
        return self.over(shown)

    def voted(self, choice: str, shown: Shown) -> list[Any]:
        """Names are told, and the vote goes to the browser."""
        shown.secret = False
        chosen = next((cell.name for cell in shown.cells if cell.letter == choice), "")
        say = texts.here()
        told = say("compare.chosen", name=chosen) if chosen else say("compare.counted")
        seats = self.board.heads(shown, say)
        made = self.update(
            seats, problem=lines.status(told, busy=False), votes=self.parts.votes.updates(shown),
            summary=summary(shown, self.board.kind, say),
        )  # fmt: skip
        return [*made, voting.ballot(shown, choice)]

    # Updates ------------------------------------------------------------------------------------

    def begun(self, shown: Shown) -> list[Any]:
        return self.update(
            self.board.begin(shown, texts.here()),
            run=gr.update(interactive=False),
            stop=gr.update(visible=True),
            problem="",
            row=gr.update(elem_classes=[f"across-{shown.across}"]),
            summary="",
            kept=shown,
            votes=self.parts.votes.updates(shown),
        )

    def going(self, shown: Shown, seats: list[Any]) -> list[Any]:
        return self.update(seats, summary=summary(shown, self.board.kind, texts.here()))

    def over(self, shown: Shown) -> list[Any]:
        """All once more: of two updates at once the browser may take the last one alone."""
        shown.end()
        say = texts.here()
        seats = self.board.all(shown, say)
        shown.forget()
        return self.update(
            seats,
            run=gr.update(interactive=True),
            stop=gr.update(visible=False),
            summary=summary(shown, self.board.kind, say),
            times=shown.times.seen,
            votes=self.parts.votes.updates(shown),
        )

    def update(self, seats: Sequence[Any] = (), **around: Any) -> list[Any]:
        """Updates in the order of `outputs`; what is not given stays as it is."""
        names = ("run", "stop", "problem", "row", "summary", "kept", "times")
        p = self.parts
        made = [around.get(name, gr.skip()) for name in names]
        votes = around.get("votes") or [gr.skip()] * len(p.votes.all)
        rest = list(seats) or [gr.skip()] * sum(len(seat.all) for seat in self.board.seats)
        return [*made, *votes, *rest]
