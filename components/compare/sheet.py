"""The body of the page for one task: what is compared, the input, the answers beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr

from api.texts import Texts
from components import outputs
from components.compare import voting
from components.compare.board import Board
from components.compare.choosing import Models, Values
from components.compare.fields import Fields
from components.compare.running import Example, Parts, Running
from pipelines.allowance import Client
from pipelines.kinds.outputs import output_kind


@dataclass(frozen=True)
class Sheet:
    """Draws a comparison; `query` is the address that the page was opened by."""

    fields: Fields
    chooser: Models | Values
    query: Mapping[str, str]
    client: Client
    say: Texts

    def draw(self) -> None:
        """Builds it in the Blocks now open."""
        task = self.fields.task
        kind = output_kind(task.output)
        board = Board(outputs.VIEWS[kind.name], kind)
        chosen = self.chooser.draw(self.query, self.say)
        boxes = self.fields.draw(self.query, self.say)
        examples = self.draw_examples()
        parts = self.draw_parts(board)
        running = Running(self.fields, self.chooser, self.client, board, parts)
        running.wire([*boxes, *chosen], examples)
        voting.tally(task.tag, self.say)

    def draw_parts(self, board: Board) -> Parts:
        say = self.say
        with gr.Row(elem_classes="actions"):
            run = gr.Button(say("compare.run"), variant="primary", elem_id="run", min_width=96)
            stop = gr.Button(say("compare.stop"), elem_id="stop", min_width=72, visible=False)
            link = gr.Button(say("compare.link"), elem_id="link", min_width=96)
            blind = gr.Checkbox(
                self.query.get("blind") == "1",
                label=say("compare.blind"),
                interactive=True,
                elem_id="blind",
                container=False,
                min_width=160,
            )
        problem = gr.HTML("", elem_id="problem", padding=False)
        votes = voting.draw(say)
        row = board.draw(self.chooser.seats)
        hint = f'<p class="empty">{say.html("compare.hint")}</p>'
        result = gr.HTML(hint, elem_id="summary", padding=False)
        return Parts(run, stop, link, blind, problem, row, result, votes, gr.State(), gr.State([]))

    def draw_examples(self) -> list[Example]:
        offered = self.fields.offered
        if not offered:
            return []
        gr.HTML(f'<p class="caption">{self.say.html("compare.examples")}</p>', padding=False)
        with gr.Row(elem_classes="examples"):
            return [(gr.Button(each.title, size="sm", min_width=80), each) for each in offered]
