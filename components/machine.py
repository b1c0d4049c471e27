"""The page of the machine: what it is, who holds its memory, and what went wrong."""

from typing import Any

import gradio as gr

from api.doors import may_manage
from api.hands import may
from api.status import naming
from components import gauges, shares, texts, top
from components.callers import scope
from components.hands import Hands, hands_off
from pipelines.inference import Inference
from pipelines.settings import Settings

SECONDS = 2.0  # between two looks; only an open page looks
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    engine = inference.engine
    top.draw("machine", engine.hardware, settings.sign_in)
    names = ("hardware", "memory", "models", "errors")
    seen = [gr.HTML(top.skeleton(1), elem_id=name, padding=False) for name in names[:3]]
    by_hand = gr.Column(elem_id="by-hand")
    seen.append(gr.HTML(elem_id=names[3], padding=False))

    async def look(request: gr.Request) -> list[str]:
        say, named = texts.here(), naming(may_manage(scope(request), settings))
        return [
            gauges.hardware(engine, say),
            shares.memory(engine.memory, say, named),
            gauges.models(engine.all(), say, named),
            gauges.errors(engine.errors, may(scope(request), settings), say),
        ]

    blocks = gr.context.Context.root_block
    assert blocks is not None
    tick = gr.Timer(SECONDS).tick
    gr.on([blocks.load, tick], look, None, seen, queue=False, **QUIET)

    with by_hand:

        @gr.render(triggers=[blocks.load], queue=False, show_progress="hidden")
        def show_hands(request: gr.Request) -> None:
            """For whoever opens the page, in his language."""
            say = texts.here()
            if not may(scope(request), settings):
                gr.HTML(hands_off(settings, say), padding=False)
                return
            hands = Hands(inference, settings, say)
            hands.draw()
            # A timer of its own: the outer one stops when a render listens to it.
            for done in hands.wire(gr.Timer(SECONDS).tick):
                done.then(look, None, seen, queue=False, **QUIET)
