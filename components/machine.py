"""The page of the machine: what it is, who holds its memory, and what went wrong."""

from typing import Any

import gradio as gr

from components import gauges, shares, top
from components.hands import Hands
from pipelines.inference import Inference
from pipelines.settings import Settings

SECONDS = 2.0  # between two looks; only an open page looks
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
HANDS_OFF = (
    "Models come when they are called and leave when others need their room. Only people on the "
    "server's own machine can load, unload and pin them by hand, while it serves that machine "
    "alone."
)


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    engine = inference.engine
    top.draw(engine.hardware)
    seen = [gr.HTML(elem_id=name, padding=False) for name in ("hardware", "memory", "models")]
    hands = Hands(inference) if settings.hands_on else None
    if hands:
        hands.draw()
    else:
        gr.HTML(gauges.card("By hand", f'<p class="quiet">{HANDS_OFF}</p>'), padding=False)
    seen.append(gr.HTML(elem_id="errors", padding=False))

    async def look() -> list[str]:
        return [
            gauges.hardware(engine),
            shares.memory(engine.memory),
            gauges.models(engine.all()),
            gauges.errors(engine.errors, told=settings.hands_on),
        ]

    blocks = gr.context.Context.root_block
    assert blocks is not None
    tick = gr.Timer(SECONDS).tick
    gr.on([blocks.load, tick], look, None, seen, queue=False, **QUIET)
    if hands:
        blocks.load(hands.offer, None, hands.model, queue=False, **QUIET)
        gr.on([hands.model.change, tick], hands.look, hands.asked, hands.told, queue=False, **QUIET)
        for done in hands.wire():
            done.then(look, None, seen, queue=False, **QUIET)
