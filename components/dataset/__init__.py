"""The page of data sets: drop a file, map its columns, run a task over its rows, judge it.

A run belongs to the server and stands in the address, so that it outlives a tab and a restart.
"""

import gradio as gr

from api.datasets import shelf
from components import lines, top
from components.dataset import matching, results, setup, start
from components.dataset.desk import QUIET, Desk
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.settings import Settings
from runs.runs import Runs

EACH, PUBLIC_EACH = 4, 1  # runs of one owner that go on at a time


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    top.draw("dataset", inference.engine.hardware, settings.sign_in)
    each = PUBLIC_EACH if settings.level == "public" else EACH
    desk = Desk(inference, settings, Runs(inference, shelf(settings), each))
    blocks = gr.context.Context.root_block
    assert blocks is not None
    choice = gr.State({})  # of a model and a task; each change draws the form anew

    @gr.render(triggers=[blocks.load], queue=False, show_progress="hidden")
    def page(request: gr.Request) -> None:
        query = dict(request.query_params)
        try:
            kept = desk.runs.shelf.get(query["id"]) if query.get("id") else None
            if kept is None:
                start.draw(desk, request)
            elif kept.about.state == "draft":
                setup.draw(desk, kept, choice)
            else:
                results.draw(desk, kept, query)
        except TaglineError as error:
            gr.HTML(lines.error(str(error)), padding=False)
            start.draw(desk, request)

    def choose(request: gr.Request) -> matching.Choice:
        return matching.first_choice(desk, dict(request.query_params))

    # Queued: only then is the change of a state told.
    blocks.load(choose, None, choice, **QUIET)

    @gr.render(inputs=choice, triggers=[choice.change], queue=False, show_progress="hidden")
    def form(chosen: matching.Choice) -> None:
        if chosen:
            setup.draw_form(desk, chosen)
