"""A picture and how far away its points are, side by side."""

from typing import Any

import numpy as np
from PIL import Image

from components import texts
from components.views import ramp
from components.views.canvas import Canvas, address
from components.views.seen import pictures
from pipelines.kinds.outputs import OutputKind
from pipelines.pictures import from_base64, picture
from pipelines.task import Inputs

SIDE = 1_024  # pixels: the map of colours is drawn no larger
WHITE = 65_535


def depth(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The map in colours, the least number dark and the greatest bright, and what they are."""
    (page,) = pictures(inputs)
    numbers = [number for row in value["predicted_depth"] for number in row]
    low, high = min(numbers), max(numbers)
    say = texts.here()
    sent, far = say("views.as_sent"), say("views.far")
    drawn = page.drawn("", name=sent) + coloured(value["depth"], page).drawn("", name=far)
    return (
        f'<div class="pair">{drawn}</div>'
        f'<div class="scale"><b>{low:.4g}</b><i style="background:{ramp.gradient()}"></i>'
        f"<b>{high:.4g}</b></div>"
        f'<p class="caption">{say.html("views.depth")}</p>'
    )


def coloured(png: str, page: Canvas) -> Canvas:
    grey = from_base64(png)
    if max(grey.size) > SIDE:
        grey = grey.convert("I")
        grey.thumbnail((SIDE, SIDE), Image.Resampling.NEAREST)
    made = Image.fromarray(ramp.colours(np.asarray(grey, float) / WHITE))
    return Canvas(address(picture(made)), page.width, page.height)
