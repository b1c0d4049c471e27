"""Solids to turn: by dragging, or by the arrow keys. Babylon.js, which draws them, comes with
Gradio; nothing is fetched from elsewhere."""

import gradio as gr

from components import texts
from components.views.sounds import file_of
from components.views.view import Component
from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import Media
from pipelines.task import Inputs


def stage() -> Component:
    name = texts.here()("views.result")
    return gr.Model3D(label=name, interactive=False, elem_id="result", height=360)


def solid(value: Media, inputs: Inputs, kind: OutputKind) -> str:
    return file_of(value)
