"""A blind vote: which answer is best, told before it is known whose it is."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from api import look
from api.texts import Texts
from components.compare.board import Shown
from components.compare.cells import letters
from components.compare.choosing import MOST

TIE, BAD = "tie", "bad"
# The browser alone keeps the votes.
COUNT = f"""async (ballot) => {{
  const {{ count }} = await import("{look.address("compare")}");
  count(ballot);
}}"""
SHOW = f"import('{look.address('compare')}').then((each) => each.show())"


@dataclass(frozen=True)
class Voting:
    """Buttons for each answer, for none is better and for none is good; and the votes so far."""

    row: gr.Row
    buttons: dict[str, gr.Button]
    ballot: gr.JSON

    @property
    def all(self) -> list[Any]:
        return [self.row, *self.buttons.values()]

    def updates(self, shown: Shown) -> list[Any]:
        """Buttons for those who answered, while there is something to vote on."""
        able = {cell.letter for cell in shown.answered} | {TIE, BAD}
        row = gr.update(visible=shown.votable)
        return [row, *(gr.update(visible=choice in able) for choice in self.buttons)]


def draw(say: Texts) -> Voting:
    """Builds the buttons in the Blocks now open."""
    with gr.Row(visible=False, elem_id="votes", elem_classes="actions") as row:
        gr.HTML(f'<p role="status">{say.html("compare.which")}</p>', padding=False)
        names = {each: say("compare.better", letter=each) for each in letters(MOST)}
        names |= {TIE: say("compare.tie"), BAD: say("compare.bad")}
        buttons = {each: gr.Button(name, size="sm", min_width=96) for each, name in names.items()}
    return Voting(row, buttons, gr.JSON(visible="hidden"))


def tally(task: str, say: Texts) -> None:
    """The votes that this browser keeps, which its script puts in."""
    name = say.html("compare.votes")
    place = f'<section id="tally" data-task="{task}" aria-label="{name}"></section>'
    gr.HTML(place, js_on_load=SHOW, padding=False)


def ballot(shown: Shown, choice: str) -> dict[str, Any]:
    """A vote as the browser keeps it: by what was compared, not by letters."""
    titles = {cell.letter: cell.title for cell in shown.answered}
    return {
        "task": shown.comparison.task.tag,
        "answers": sorted(titles.values()),
        "choice": titles.get(choice, choice),
        "won": choice in titles,
    }
