"""Examples to try: those of the model's card by their groups, else the task's; one click fills the
boxes and runs, or shows at once what the card's author says that comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

import gradio as gr

from api.texts import Texts
from components import errors, texts
from pipelines.models.card import Rejected
from pipelines.samples import MOST, Offer, Sample

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Component = gr.components.Component


@dataclass(frozen=True)
class Examples:
    """Draws the buttons of an offer; `known` says of which the result is known without a call."""

    offer: Offer
    known: Callable[[Sample], bool]

    def draw(self) -> list[tuple[gr.Button, Sample]]:
        """Builds them in the Blocks now open."""
        if not self.offer.samples:
            return []
        say = texts.here()
        title = say("panel.card_examples" if self.offer.of_card else "panel.examples")
        gr.HTML(f'<p class="caption">{title}</p>', padding=False)
        first, more = self.offer.samples[:MOST], self.offer.samples[MOST:]
        made = self.groups(first, say)
        if more:
            with gr.Accordion(say("panel.more", n=len(more)), open=False):
                made += self.groups(more, say)
        self.reject(say)
        return made

    def groups(self, samples: Sequence[Sample], say: Texts) -> list[tuple[gr.Button, Sample]]:
        """Buttons, each group below its name. Samples of one group need not stand together."""
        order = list(dict.fromkeys(each.group for each in samples))
        ranked = sorted(samples, key=lambda each: order.index(each.group))
        made = []
        for name, members in groupby(ranked, key=lambda each: each.group):
            if name:
                gr.HTML(f'<p class="group">{escape(name)}</p>', padding=False)
            with gr.Row(elem_classes="examples"):
                made += [(self.button(each), each) for each in members]
        return made

    def button(self, sample: Sample) -> gr.Button:
        known = ["known"] if self.known(sample) else []
        return gr.Button(sample.title, size="sm", min_width=80, elem_classes=known)

    def reject(self, say: Texts) -> None:
        """What of the card cannot be used, and why."""
        if found := self.offer.rejected:
            gr.HTML(rejected(found, say), padding=False, elem_classes="rejected-box")


def rejected(found: Sequence[Rejected], say: Texts) -> str:
    one = len(found) == 1
    title = say("panel.rejected_one") if one else say("panel.rejected", n=len(found))
    rows = "".join(f"<li>{row(each, say)}</li>" for each in found)
    return f'<details class="rejected"><summary>{title}</summary><ul>{rows}</ul></details>'


def row(each: Rejected, say: Texts) -> str:
    return say("panel.rejected_row", number=each.number, why=errors.html(each.why, say))
