"""Whose turn a call from a page or a Gradio client takes."""

import gradio as gr

from pipelines.inference import Inference


def caller(inference: Inference, request: gr.Request) -> str:
    address = request.client.host if request.client else ""
    return inference.client(address, request.session_hash)
